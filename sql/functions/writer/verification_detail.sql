create or replace function callward.verification_detail(
	step text, state text, reason text)
returns text
language sql immutable
begin atomic
	select case state
	when 'ringing' then case step
	    when 'code' then 'The number is being rung.'
	    else 'The number is being rung; the call should come back to us.' end
	when 'spoken' then 'A code was spoken. Type it within ten minutes.'
	when 'proven' then 'You answer this number. Now switch forwarding on and'
	    ' have it tried within half an hour.'
	when 'done' then 'The number is in use.'
	when 'waiting_operator' then 'The number is proven, but it is claimed by'
	    ' others too: the operator decides.'
	else case reason
	    when 'no_answer' then 'Nobody answered, or the number could not be'
	        ' rung: try again, or ask the operator.'
	    when 'busy' then 'The number was busy.'
	    when 'no_key' then 'The call was answered, but no key was pressed.'
	    when 'wrong_code' then 'Five wrong codes. Have a new one spoken.'
	    when 'forwarding_on' then 'The call came back to us: switch'
	        ' forwarding off for a minute and try again.'
	    when 'not_back' then 'The call did not come back within a minute:'
	        ' switch forwarding on, for all calls, and try again.'
	    when 'wrong_tones' then 'A call came back, but without the tones that'
	        ' we played: try again.'
	    when 'number_not_carried' then 'The call came back, but nothing in it'
	        ' names this number: have the carrier or the telephone system'
	        ' pass it on as the caller or as the number that forwards.'
	    else 'The time for this is over. Begin again.' end
	end;
end;

-- One line in the inbox for a call that is rejected, with what it carried as it
-- came, and the numbers that were read from it, in details -> 'read'. A number
-- that forwards to itself tells nothing.
create or replace function callward.note_refusal(
	o callward.opening, call_id uuid, call_sid text, sender text,
	recipient text, forwarded_from text, diversion text, stir_verstat text,
	came jsonb)
returns void
language plpgsql
as $$
begin
	perform callward.note_attempt(call_id, call_sid, 'rejected',
	    case o.verdict when 'unlisted' then 'unlisted_line'
	        when 'unknown' then 'unknown_number'
	        when 'conflict' then 'owner_conflict'
	        when 'busy' then 'too_many_calls' end, o.user_id,
	    jsonb_build_object('from', left(sender, 256),
	        'to', left(recipient, 256),
	        'forwarded_from', left(forwarded_from, 256),
	        'diversion', left(diversion, 256),
	        'stir_verstat', left(stir_verstat, 100))
	    || coalesce(came, '{}')
	    || jsonb_build_object('read', jsonb_build_object('forwarded_from',
	        nullif(forwarded_from, recipient), 'diversion', diversion)));
end $$;

-- One line in the inbox for a call that nobody takes, with what it carried.
create or replace function callward.note_refusal(
	o callward.opening, call_id uuid, call_sid text, sender text,
	recipient text, forwarded_from text, diversion text, stir_verstat text)
returns void
language plpgsql
as $$
begin
	perform callward.note_attempt(call_id, call_sid, 'rejected',
	    case o.verdict when 'unlisted' then 'unlisted_line'
	        when 'unknown' then 'unknown_number'
	        when 'conflict' then 'owner_conflict'
	        when 'busy' then 'too_many_calls' end, o.user_id,
	    jsonb_build_object('from', left(sender, 100),
	        'to', left(recipient, 100),
	        'forwarded_from', left(forwarded_from, 100),
	        'diversion', left(diversion, 100),
	        'stir_verstat', left(stir_verstat, 100)));
end $$;

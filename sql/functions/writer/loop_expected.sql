-- Does an attempt wait for this call? At the loop any call on its line may be
-- the one, since tones decide. A call that names the number, or comes from the
-- line that rings it, may have come back on another line of ours; at the code
-- no other is meant, it is sent away, and is a hint that forwarding is on.
create or replace function callward.loop_expected(
	sender text, recipient text, called text, forwarded_from text,
	diversion text)
returns boolean
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return exists (select from callward.verifications v
	    where v.state = 'ringing'
	        and v.started_at > now() - interval '60 seconds'
	        and (v.step = 'loop' and v.line = loop_expected.recipient
	            or v.line = loop_expected.sender
	            or v.phone_number in (loop_expected.sender,
	                loop_expected.forwarded_from,
	                loop_expected.diversion)));
end $$;

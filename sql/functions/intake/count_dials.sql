-- How often a fallback was dialled for this caller within the last minute.
create or replace function callward.count_dials(
	phone_number text, sender text, recipient text, forwarded_from text,
	diversion text)
returns integer
language plpgsql
as $$
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	return callward.dials_lately(phone_number, callward.caller_key(sender,
	    recipient, forwarded_from, diversion));
end $$;

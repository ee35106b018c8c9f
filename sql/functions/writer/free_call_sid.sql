-- This CallSid, if it is one and no other call of the tenant has it.
create or replace function callward.free_call_sid(user_id text, call_sid text)
returns text
language plpgsql
as $$
#variable_conflict use_column
begin
	if call_sid ~ '^CA[0-9a-fA-F]{32}$' and not exists (
	    select from public.calls
	    where user_id = free_call_sid.user_id
	        and twilio_call_sid = free_call_sid.call_sid) then
		return call_sid;
	end if;
	return null;
end $$;

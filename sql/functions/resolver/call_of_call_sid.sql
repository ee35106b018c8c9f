-- The one call of any tenant with this CallSid; none if there are several.
create or replace function callward.call_of_call_sid(
	call_sid text, out user_id text, out call_id uuid)
language plpgsql stable
as $$
#variable_conflict use_column
declare
	hit record;
begin
	for hit in
		select user_id as owner, id from public.calls
		where twilio_call_sid = call_of_call_sid.call_sid
	loop
		if call_of_call_sid.call_id is not null then
			call_of_call_sid.user_id := null;
			call_of_call_sid.call_id := null;
			return;
		end if;
		call_of_call_sid.user_id := hit.owner;
		call_of_call_sid.call_id := hit.id;
	end loop;
end $$;

-- The one call that this Vapi id is bound to, by its session or by its own row
-- (which has it from the report, or from before there were sessions); none if
-- there is none or if several claim it.
create or replace function callward.call_of_vapi(
	vapi_call_id text, out user_id text, out call_id uuid)
language plpgsql stable
as $$
#variable_conflict use_column
declare
	hit record;
begin
	for hit in
		select user_id as owner, call_id as id from callward.sessions
		where vapi_call_id = call_of_vapi.vapi_call_id
		union
		select user_id, id from public.calls
		where vapi_call_id = call_of_vapi.vapi_call_id
	loop
		if call_of_vapi.call_id is not null then
			call_of_vapi.user_id := null;
			call_of_vapi.call_id := null;
			return;
		end if;
		call_of_vapi.user_id := hit.owner;
		call_of_vapi.call_id := hit.id;
	end loop;
end $$;

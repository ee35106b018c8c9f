-- Is this Vapi id bound to another call than this one, of whatever tenant?
create or replace function callward.vapi_call_taken(
	vapi_call_id text, user_id text, call_id uuid)
returns boolean
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return exists (select from public.calls
	    where vapi_call_id = vapi_call_taken.vapi_call_id
	        and (id <> vapi_call_taken.call_id
	            or user_id <> vapi_call_taken.user_id));
end $$;

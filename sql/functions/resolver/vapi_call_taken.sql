-- Is this Vapi id another call's than this one, of whatever tenant? Where a
-- session is about to be added its own key says so of the others, and only
-- calls are asked, which were bound before there were sessions.
create or replace function callward.vapi_call_taken(
	vapi_call_id text, user_id text, call_id uuid,
	is_adding boolean default false)
returns boolean
language plpgsql stable
as $$
#variable_conflict use_column
begin
	if exists (select from public.calls
	    where vapi_call_id = vapi_call_taken.vapi_call_id
	        and (id <> vapi_call_taken.call_id
	            or user_id <> vapi_call_taken.user_id)) then
		return true;
	elsif is_adding then
		return false;
	end if;
	return exists (select from callward.sessions
	    where vapi_call_id = vapi_call_taken.vapi_call_id
	        and (call_id <> vapi_call_taken.call_id
	            or user_id <> vapi_call_taken.user_id));
end $$;

-- Which of Vapi's calls these calls of the tenant are. A call's own row says it
-- from the report on.
--
-- execute: callward_tenant
create or replace function callward.tenant_sessions(call_ids uuid[])
returns table (call_id uuid, vapi_call_id text)
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return query select call_id, vapi_call_id from callward.sessions
	where user_id = callward.current_user_id()
	    and call_id = any (call_ids) and vapi_call_id is not null;
end $$;

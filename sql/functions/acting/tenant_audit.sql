-- Leave a line about what this tenant reads; actor is who really does. A page
-- refreshes, and a player asks for a recording in many pieces: what is read
-- again within ten minutes leaves no second line. Where the database is a
-- standby, which takes none, the program's log has it.
--
-- execute: callward_tenant
create or replace function callward.tenant_audit(
	action text, subject text, actor text)
returns boolean
language plpgsql
as $$
begin
	if pg_is_in_recovery() then
		return true;
	end if;
	if tenant_audit.subject is not null and exists (
	    select from callward.audit_log l
	    where l.user_id = callward.current_user_id()
	        and l.at > now() - interval '10 minutes'
	        and l.action = tenant_audit.action
	        and l.actor = left(tenant_audit.actor, 128)
	        and l.subject = left(tenant_audit.subject, 128)) then
		return true;
	end if;
	insert into callward.audit_log (user_id, actor, action, subject)
	values (callward.current_user_id(), left(tenant_audit.actor, 128),
	    tenant_audit.action, left(tenant_audit.subject, 128));
	return true;
end $$;

-- The roles that act for a tenant, as far as the login can become them: those
-- that a policy on user_id is for.
create or replace function callward.acting_roles() returns setof name
language sql stable
begin atomic
	select distinct r.rolname
	from pg_catalog.pg_policy p
	join pg_catalog.pg_roles r on r.oid = any (p.polroles)
	where p.polrelid in (select callward.audited_tables())
	    and p.polname = 'tenant_wall'
	    and pg_catalog.pg_has_role(current_user, r.oid, 'member')
	order by 1;
end;

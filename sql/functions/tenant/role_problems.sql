-- execute: callward_intake
create or replace function callward.role_problems()
returns table (name text, problem text, remedy text)
language sql stable
begin atomic
	select 'role', 'the login ' || current_user
	    || ' is a superuser, bypasses row level security, or is a member'
	    || ' of ' || string_agg(r.rolname, ', ' order by r.rolname),
	    'log in as callward_intake or callward_tenant, or as a member of'
	    || ' that role alone'
	from pg_catalog.pg_roles r
	where (r.rolsuper or r.rolbypassrls or r.rolname in ('callward_owner',
	        'callward_writer', 'callward_resolver'))
	    and pg_catalog.pg_has_role(current_user, r.oid, 'member')
	having count(*) > 0
	union all
	select 'owner', 'the login ' || current_user || ' owns ' || t::text,
	    'alter table ' || t::text || ' owner to callward_owner'
	from pg_catalog.pg_class c, callward.tenant_tables() t
	where c.oid = t
	    and pg_catalog.pg_get_userbyid(c.relowner) = current_user;
end;

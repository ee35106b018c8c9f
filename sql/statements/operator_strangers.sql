-- operator_strangers: who else may make something in schema callward, functions
--     there that are not ours, and members of our roles nobody asked for: a
--     login may be a member of callward_intake or callward_tenant alone
-- role: operator
-- caller: check_strangers
-- params: none
-- columns: problem text, remedy text
with roles as (
	select oid, rolname::text as name, rolname in ('callward_intake',
	        'callward_tenant') as for_logins
	from pg_catalog.pg_roles
	where rolname in ('callward_owner', 'callward_writer',
	    'callward_resolver', 'callward_intake', 'callward_tenant')
), members as (
	select r.name as role, m.oid, m.rolname as member,
	    r.for_logins and m.rolcanlogin and (select count(*)
	        from pg_catalog.pg_auth_members o join roles on oid = o.roleid
	        where o.member = m.oid) = 1 as is_login
	from pg_catalog.pg_auth_members a
	join roles r on r.oid = a.roleid
	join pg_catalog.pg_roles m on m.oid = a.member
	where m.rolname not in ('callward_owner', current_user)
	    and not m.rolsuper
)
select format('%s may create objects in schema callward', who) as problem,
    'revoke create on schema callward from ' || who as remedy
from (
	select case a.grantee when 0 then 'public'
	    else quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end as who
	from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
	where n.nspname = 'callward' and a.privilege_type = 'CREATE'
	    and a.grantee <> n.nspowner
) g
union all
select format('function %s is not one of Callward''s', name),
    'drop function ' || name || ', unless you need it'
from (
	select p.oid::pg_catalog.regprocedure::text as name
	from pg_catalog.pg_proc p
	where p.pronamespace = 'callward'::pg_catalog.regnamespace
	    and p.proname <> 'current_user_id'
) f
where name <> all (coalesce((select made from callward.schema_parts
    where schema_parts.name = 'functions'), '{}'))
union all
select format('%s is a member of %s', member, role),
    format('revoke %s from %I, unless it migrates, too', role, member)
from members
where not is_login
order by 1;

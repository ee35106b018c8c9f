-- operator_function_others: functions of schema callward that are not of the
--     set (made, a line each), and rights of others on those that are
-- role: operator
-- caller: functions_apply
-- params: made text?
-- columns: what text
with ours as (
	select p.oid, p.proowner, p.proacl,
	    p.oid::pg_catalog.regprocedure::text as name,
	    p.oid::pg_catalog.regprocedure::text
	        = any (string_to_array({made}, E'\n')) as listed
	from pg_catalog.pg_proc p
	where p.pronamespace = 'callward'::pg_catalog.regnamespace
	    and p.proname <> 'current_user_id'
)
select 'function left that is not of this version: ' || name
    as what
from ours where not listed
union all
select format('privileges of another role were left: %s on function %s',
    pg_catalog.pg_get_userbyid(a.grantee), name)
from ours, pg_catalog.aclexplode(proacl) a
where listed and a.grantee not in (0, proowner)
    and pg_catalog.pg_get_userbyid(a.grantee) <> all (array['callward_owner',
        'callward_writer', 'callward_resolver', 'callward_intake',
        'callward_tenant', 'anon', 'authenticated'])
order by 1;

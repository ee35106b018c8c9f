-- operator_function_drop: what drops functions that the last set made (made, a
--     line each) and whatever of that set is built on them; name: the functions
--     of that name alone; kept: but none of these. Null: none of them is there.
-- role: operator
-- caller: drop_old
-- params: made text?, name text?, kept text?
-- columns: command text
with recursive ours as (
	select p.oid, p.proname
	from pg_catalog.pg_proc p
	where p.pronamespace = 'callward'::pg_catalog.regnamespace
	    and pg_catalog.pg_get_userbyid(p.proowner) in ('callward_owner',
	        'callward_writer', 'callward_resolver')
	    and p.oid::pg_catalog.regprocedure::text
	        = any (string_to_array({made}, E'\n'))
), gone as (
	select oid from ours
	where ({name} is null or proname = {name})
	    and oid::pg_catalog.regprocedure::text
	        <> all (coalesce(string_to_array({kept}, E'\n'), '{}'))
	union
	select o.oid
	from gone g
	join pg_catalog.pg_depend d on d.refobjid = g.oid
	    and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
	    and d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
	join ours o on o.oid = d.objid
)
select 'drop function '
    || string_agg(oid::pg_catalog.regprocedure::text, ', ') as command
from gone;

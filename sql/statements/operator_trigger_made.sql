-- operator_trigger_made: the triggers that this transaction made, a line each,
--     and what drops those that the last set made (made) and it did not
-- role: operator
-- caller: apply_triggers
-- params: made text?
-- columns: names text, command text
with ours as (
	select t.tgname, t.tgrelid, pg_catalog.age(t.xmin) <= 0 as is_new,
	    format('%I on %s', t.tgname,
	        t.tgrelid::pg_catalog.regclass) as name
	from pg_catalog.pg_trigger t
	join pg_catalog.pg_proc p on p.oid = t.tgfoid
	where not t.tgisinternal
	    and p.pronamespace = 'callward'::pg_catalog.regnamespace
)
select string_agg(name, E'\n' order by name) filter (where is_new)
        as names,
    string_agg('drop trigger ' || name, '; ') filter (where not is_new
        and name = any (string_to_array({made}, E'\n')))
        as command
from ours;

-- operator_function_made: the function of this name that this transaction made
--     last; made: those that it made before, a line each
-- role: operator
-- caller: make_one
-- params: name text, made text
-- columns: signature text
select oid::pg_catalog.regprocedure::text
from pg_catalog.pg_proc
where pronamespace = 'callward'::pg_catalog.regnamespace
    and proname = $1::text and pg_catalog.age(xmin) <= 0
    and oid::pg_catalog.regprocedure::text
        <> all (coalesce(string_to_array($2::text, E'\n'), '{}'));

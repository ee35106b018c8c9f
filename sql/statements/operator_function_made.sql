-- operator_function_made: the function of this name that this transaction made
--     last; made: those that it made before, a line each
-- role: operator
-- caller: make_one
-- params: name text, made text?
-- columns: signature text
select oid::pg_catalog.regprocedure::text as signature
from pg_catalog.pg_proc
where pronamespace = 'callward'::pg_catalog.regnamespace
    and proname = {name} and pg_catalog.age(xmin) <= 0
    and oid::pg_catalog.regprocedure::text
        <> all (coalesce(string_to_array({made}, E'\n'), '{}'));

-- operator_function_made: the function of this name that this transaction made
-- role: operator
-- caller: make_one
-- params: name text
-- columns: signature text
select oid::pg_catalog.regprocedure::text
from pg_catalog.pg_proc
where pronamespace = 'callward'::pg_catalog.regnamespace
    and proname = $1::text and pg_catalog.age(xmin) <= 0;

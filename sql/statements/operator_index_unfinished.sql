-- operator_index_unfinished: indexes that a statement (text) names and that are
--     not valid, since it was stopped or failed while it made them
-- role: operator
-- caller: unfinished
-- params: text text
-- columns: name text
select format('%I.%I', n.nspname, c.relname) as name
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where not i.indisvalid and n.nspname in ('public', 'callward')
    and c.relname = any (pg_catalog.regexp_split_to_array({text}, '[^\w]+'))
order by 1;

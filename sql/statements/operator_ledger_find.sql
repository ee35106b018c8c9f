-- operator_ledger_find: is there a schema, and a ledger in it?
-- role: operator
-- caller: make_ledger, print_status
-- params: none
-- columns: has_schema boolean, has_ledger boolean
select exists (select from pg_catalog.pg_namespace
        where nspname = 'callward') as has_schema,
    exists (select from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'callward'
        and c.relname = 'schema_migrations') as has_ledger;

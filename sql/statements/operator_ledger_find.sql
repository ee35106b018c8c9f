-- operator_ledger_find: is there a schema, a ledger in it, a list of parts?
-- role: operator
-- caller: ledger_make, ledger_read
-- params: none
-- columns: has_schema boolean, has_ledger boolean, has_parts boolean
select exists (select from pg_catalog.pg_namespace
        where nspname = 'callward') as has_schema,
    pg_catalog.to_regclass('callward.schema_migrations') is not null
        as has_ledger,
    pg_catalog.to_regclass('callward.schema_parts') is not null as has_parts;

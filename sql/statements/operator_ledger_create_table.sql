-- operator_ledger_create_table: what has been applied
-- role: operator
-- caller: ledger_make
-- params: none
-- columns: none
create table callward.schema_migrations (
	version integer primary key check (version > 0),
	name text not null,
	sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
	applied_at timestamptz not null default now()
);

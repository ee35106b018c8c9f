-- operator_ledger_create_parts: what stands once and is applied when it changes
-- role: operator
-- caller: ledger_make
-- params: none
-- columns: none
create table callward.schema_parts (
	name text primary key,
	-- of the files; of a backfill, of the file that was finished or begun
	sha256 text not null,
	-- what the part made, and may therefore drop
	made text[] not null default '{}',
	-- of a backfill: the place reached; null: done
	place text,
	applied_at timestamptz not null default now()
);

-- operator_ledger_list: what has been applied, oldest first
-- role: operator
-- caller: ledger_read
-- params: none
-- columns: version integer, name text, sha256 text, applied_at text
select version, name, sha256,
    to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
	as applied_at
from callward.schema_migrations
order by version;

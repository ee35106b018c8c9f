-- operator_ledger_add: note that a file has been applied
-- role: operator
-- caller: ledger_add
-- params: version integer, name text, sha256 text
-- columns: none
insert into callward.schema_migrations (version, name, sha256)
values ({version}, {name}, {sha256});

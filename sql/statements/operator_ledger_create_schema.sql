-- operator_ledger_create_schema: the schema of what belongs to no tenant
-- role: operator
-- caller: ledger_make
-- params: none
-- columns: none
create schema callward;

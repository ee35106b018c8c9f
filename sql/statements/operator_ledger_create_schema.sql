-- operator_ledger_create_schema: the schema of what belongs to no tenant
-- role: operator
-- caller: make_ledger
-- params: none
-- columns: none
create schema callward;

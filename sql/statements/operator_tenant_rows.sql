-- operator_tenant_rows: the tables in which the tenant has rows that a person
--   or a call has made; null: none
-- role: operator
-- caller: refuse_rows
-- params: none
-- columns: found_in text
select string_agg(tab, ', ') as found_in
from callward.tables_with_rows() as tab;

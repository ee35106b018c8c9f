-- operator_part_list: which parts were applied, and what they made, a line each
-- role: operator
-- caller: ledger_read
-- params: none
-- columns: name text, sha256 text, made text, place text
select name, sha256, array_to_string(made, E'\n') as made, place
from callward.schema_parts order by name;

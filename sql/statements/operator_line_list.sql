-- operator_line_list: the assistant numbers
-- role: operator
-- caller: line_list_run, check_fallbacks
-- params: none
-- columns: phone_number text, vapi_phone_number_id text,
--   fallback_number text, label text
select phone_number, vapi_phone_number_id, fallback_number, label
from callward.assistant_numbers
order by phone_number;

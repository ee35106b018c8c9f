-- operator_number_list: the numbers of one tenant, or of all
-- role: operator
-- caller: number_list_run
-- params: user_id text
-- columns: user_id text, phone_number text, status text, match_rule text,
--   assistant_id uuid, vapi_assistant_id text, fallback_number text,
--   label text, id uuid
select user_id, phone_number, status, match_rule, assistant_id,
    vapi_assistant_id, fallback_number, label, id
from public.phone_numbers
where $1::text is null or user_id = $1::text
order by user_id, phone_number, id;

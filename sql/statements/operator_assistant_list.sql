-- operator_assistant_list: the assistants of one tenant, or of all
-- role: operator
-- caller: assistant_list_run
-- params: user_id text?
-- columns: user_id text, id uuid, name text, vapi_assistant_id text,
--   max_duration_seconds integer
select user_id, id, name, vapi_assistant_id, max_duration_seconds
from public.assistants
where removed_at is null and ({user_id} is null or user_id = {user_id})
order by user_id, name, id;

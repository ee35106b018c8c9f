-- bind_session: bind the assistant's call to ours and keep the answer
-- role: intake
-- caller: tenancy_bind_session
-- params: user_id text, call_id uuid, call_sid text, vapi_call_id text,
--   answer text, metadata jsonb
-- columns: verdict text, answer text
select verdict, answer
from callward.bind_session({*});

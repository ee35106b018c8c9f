-- apply_event: apply a server message to the call it is about
-- role: intake
-- caller: tenancy_apply_event
-- params: user_id text?, call_id uuid?, assistant_id uuid?,
--   phone_number_id uuid?, caller_phone_number text?,
--   assistant_phone_number text?, metadata jsonb?, vapi_call_id text?,
--   twilio_call_sid text?, event_type text, status text?, ended_reason text?,
--   told jsonb?, transcript text?, messages text?, summary text?,
--   analysis text?, structured_data text?, body_sha256 bytea?,
--   body_bytes integer, details jsonb?,
--   line uuid?, received_at timestamptz?, report_digest bytea?
-- columns: verdict text, reason text, user_id text, call_id uuid
select verdict, reason, user_id, call_id
from callward.apply_event({*});

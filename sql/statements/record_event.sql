-- record_event: keep a message that was not applied
-- role: intake
-- caller: tenancy_record_event
-- params: id uuid, provider text, event_type text?, provider_call_id text?,
--   twilio_call_sid text?, verdict text, reason text?, details jsonb?,
--   body_sha256 bytea?, body_bytes integer, body bytea?,
--   received_at timestamptz?
-- columns: id uuid
select id
from callward.record_event({*}) as id;

-- record_event: keep a message that was not applied
-- role: intake
-- caller: tenancy_record_event
-- params: id uuid, provider text, event_type text, provider_call_id text,
--   twilio_call_sid text, verdict text, reason text, details jsonb,
--   body_sha256 bytea, body_bytes integer, body bytea
-- columns: id uuid
select id
from callward.record_event($1::uuid, $2::text, $3::text, $4::text, $5::text,
    $6::text, $7::text, $8::jsonb, $9::bytea, $10::integer, $11::bytea) as id;

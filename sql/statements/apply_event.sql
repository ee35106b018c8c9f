-- apply_event: apply a server message to the call it is about
-- role: intake
-- caller: tenancy_apply_event
-- params: user_id text, call_id uuid, assistant_id uuid,
--   phone_number_id uuid, caller_phone_number text,
--   assistant_phone_number text, metadata jsonb, vapi_call_id text,
--   twilio_call_sid text, event_type text, status text, ended_reason text,
--   started_at timestamptz, ended_at timestamptz, duration_seconds integer,
--   recording_url text, transcript text, messages jsonb, summary text,
--   analysis jsonb, structured_data jsonb, success_evaluation text,
--   cost_usd numeric, body_sha256 bytea, body_bytes integer, details jsonb,
--   line uuid, received_at timestamptz
-- columns: verdict text, reason text, user_id text, call_id uuid
select verdict, reason, user_id, call_id
from callward.apply_event($1::text, $2::uuid, $3::uuid, $4::uuid, $5::text,
    $6::text, $7::jsonb, $8::text, $9::text, $10::text, $11::text, $12::text,
    $13::timestamptz, $14::timestamptz, $15::integer, $16::text, $17::text,
    $18::jsonb, $19::text, $20::jsonb, $21::jsonb, $22::text, $23::numeric,
    $24::bytea, $25::integer, $26::jsonb, $27::uuid, $28::timestamptz);

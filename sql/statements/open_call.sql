-- open_call: find the owner of an arriving call and record it
-- role: intake
-- caller: tenancy_open_call
-- params: call_id uuid, call_sid text, sender text, recipient text?,
--   called text?, forwarded_from text?, diversion text?, stir_verstat text?,
--   calls_at_once integer, calls_per_minute integer, came jsonb?
-- columns: verdict text, answer text, age_ms bigint, user_id text,
--   call_id uuid, assistant_id uuid, phone_number_id uuid,
--   vapi_assistant_id text, owner_rule text, vapi_phone_number_id text,
--   fallback text, line_fallback text, dialled_recently boolean,
--   capped boolean, greeting text, language text, clinic_name text,
--   after_hours_message text, message_language text,
--   line_dialled_recently boolean
select verdict, answer, age_ms, user_id, call_id, assistant_id,
    phone_number_id, vapi_assistant_id, owner_rule, vapi_phone_number_id,
    fallback, line_fallback, dialled_recently, capped, greeting, language,
    clinic_name, after_hours_message, message_language,
    line_dialled_recently
from callward.open_call({*});

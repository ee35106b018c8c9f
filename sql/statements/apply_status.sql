-- apply_status: move a call on by what Twilio tells of its CallSid
-- role: intake
-- caller: tenancy_apply_status
-- params: call_sid text, sender text, status text, duration_seconds integer?,
--   received_at timestamptz?
-- columns: verdict text, reason text, user_id text, call_id uuid
select verdict, reason, user_id, call_id
from callward.apply_status({*});

-- settle_call: give a CallSid its answer when no assistant does
-- role: intake
-- caller: tenancy_settle_call
-- params: call_sid text, answer text, dialled boolean, user_id text?,
--   call_id uuid?, ended_reason text?
-- columns: verdict text, answer text
select verdict, answer
from callward.settle_call({*});

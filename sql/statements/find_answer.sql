-- find_answer: what was answered to a CallSid, if it is known
-- role: intake
-- caller: tenancy_find_answer
-- params: call_sid text
-- columns: state text, answer text, age_ms bigint
select state, answer, age_ms
from callward.find_answer({call_sid});

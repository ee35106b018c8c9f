-- verification_answered: what the call of an attempt is to hear
-- role: intake
-- caller: verification_answered
-- params: id uuid, call_sid text
-- columns: verdict text
select verdict
from callward.verification_answered({*}) as verdict;

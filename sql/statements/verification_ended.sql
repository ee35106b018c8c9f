-- verification_ended: the call of an attempt is over
-- role: intake
-- caller: verification_ended
-- params: id uuid, call_sid text, status text?
-- columns: noted boolean
select noted
from callward.verification_ended({*}) as noted;

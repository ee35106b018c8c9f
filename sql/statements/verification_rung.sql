-- verification_rung: the provider took the call of an attempt, or refused it
-- role: intake
-- caller: verification_rung
-- params: id uuid, call_sid text?, refused boolean
-- columns: noted boolean
select noted
from callward.verification_rung({*}) as noted;

-- verification_leg: a call that came in while an attempt waited for one
-- role: intake
-- caller: verification_leg
-- params: call_sid text, sender text?, recipient text?, called text?,
--   forwarded_from text?, diversion text?
-- columns: listen boolean
select listen
from callward.verification_leg({*}) as listen;

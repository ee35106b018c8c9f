-- verification_leg: a call that came in while an attempt waited for one
-- role: intake
-- caller: verification_leg
-- params: call_sid text, sender text, recipient text, called text,
--   forwarded_from text, diversion text
-- columns: listen boolean
select listen
from callward.verification_leg($1::text, $2::text, $3::text, $4::text,
    $5::text, $6::text) as listen;

-- verification_tones: a leg brought the tones of this attempt
-- role: intake
-- caller: verification_heard
-- params: call_sid text, id uuid
-- columns: state text
select state
from callward.verification_tones($1::text, $2::uuid) as state;

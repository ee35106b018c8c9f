-- verification_tones: a leg brought the tones of this attempt
-- role: intake
-- caller: verification_heard
-- params: call_sid text, id uuid
-- columns: state text
select state
from callward.verification_tones({*}) as state;

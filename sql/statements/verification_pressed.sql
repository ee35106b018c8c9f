-- verification_pressed: a key was pressed; may the code be spoken?
-- role: intake
-- caller: verification_pressed
-- params: id uuid, call_sid text
-- columns: spoken boolean
select spoken
from callward.verification_pressed({*}) as spoken;

-- verification_compared: was the typed code the one that was spoken?
-- role: intake
-- caller: verification_compared
-- params: id uuid, correct boolean
-- columns: verdict text, tries_left integer
select verdict, tries_left
from callward.verification_compared({*});

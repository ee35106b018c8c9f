-- count_dials: how often a fallback was dialled for this caller lately
-- role: intake
-- caller: tenancy_count_dials
-- params: phone_number text, sender text, recipient text?,
--   forwarded_from text?, diversion text?
-- columns: dials integer
select dials from callward.count_dials({*}) as dials;

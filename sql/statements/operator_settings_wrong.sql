-- operator_settings_wrong: how many rows of prepared settings are valid and do
--   not agree with what they are derived from; ends them, if asked to
-- role: operator
-- caller: mend_settings, doctor_routes
-- params: mend boolean
-- columns: wrong bigint
select callward.wrong_settings({*}) as wrong;

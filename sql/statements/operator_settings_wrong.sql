-- operator_settings_wrong: how many rows of prepared settings hold and are not
--   what they are made from; mended, if asked for
-- role: operator
-- caller: mend_settings, doctor_routes
-- params: mend boolean
-- columns: wrong bigint
select callward.wrong_settings({*}) as wrong;

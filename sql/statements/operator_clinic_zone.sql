-- operator_clinic_zone: the time zone of the clinic that is acted for
-- role: operator
-- caller: add_zone
-- params: none
-- columns: timezone text
select timezone from public.clinic_settings;

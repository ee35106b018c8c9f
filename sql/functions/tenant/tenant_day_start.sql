-- When a day of the clinic that asks begins (callward.day_start).
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.tenant_day_start(day date)
returns timestamptz
language sql stable strict
return callward.day_start(day,
    callward.clinic_zone(callward.current_user_id()));

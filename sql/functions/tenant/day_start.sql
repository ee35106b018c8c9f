-- When a day begins. One that the zone leaves out begins, and ends, with the
-- next one.
--
-- execute: callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.day_start(day date, zone text)
returns timestamptz
language sql stable strict parallel safe
return callward.first_instant(day::timestamp, zone);

-- The first day that is not yet over for long enough: who began to write a
-- call while it was today must be done before it is counted.
--
-- execute: callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.day_open() returns date
language sql stable parallel safe
return ((now() - interval '2 hours') at time zone 'UTC')::date;

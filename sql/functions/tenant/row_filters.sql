-- How many filters are asked for that look at a call's own columns
-- (call_passes): all but the time and what is searched for.
--
-- execute: callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.row_filters(f callward.call_filter)
returns integer
language sql immutable parallel safe
return num_nonnulls(f.status, f.follow_up, f.outcome, f.phone_number_id);

-- Millionths, which are quick to add up; more than 2147 dollars are 2147.
--
-- execute: authenticated, callward_resolver, callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.micros_of(cost_usd numeric) returns integer
language sql immutable parallel safe
return round(least(micros_of.cost_usd, 2147) * 1000000)::integer;

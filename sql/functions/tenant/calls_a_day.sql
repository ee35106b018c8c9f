-- Calls a day, of n within this time.
--
-- execute: callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.calls_a_day(n integer, since timestamptz,
	until timestamptz)
returns integer
language sql immutable parallel safe
return ceil(86400 * n / greatest(extract(epoch from until - since), 60));

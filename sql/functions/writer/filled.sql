-- The value, unless it holds nothing.
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.filled(value jsonb) returns jsonb
language sql immutable parallel safe
return case when value not in ('null', '{}', '[]', '""') then value end;

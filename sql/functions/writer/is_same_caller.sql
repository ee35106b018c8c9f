-- Is it one caller, as far as the two tell (numbers or keys)?
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.is_same_caller(a text, b text)
returns boolean
language sql immutable parallel safe
return coalesce(a = b, false)
    or (starts_with(a, 'anonymous>') or callward.is_withheld(a))
    and (starts_with(b, 'anonymous>') or callward.is_withheld(b));

-- What a caller is counted and known again by: the number; for one who
-- withholds it, all that the call carries. Such a key begins with 'anonymous>'.
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.caller_key(
	sender text, recipient text, forwarded_from text, diversion text)
returns text
language sql immutable parallel safe
return case when callward.is_withheld(sender)
    then 'anonymous>' || coalesce(forwarded_from, '') || '>'
	|| coalesce(diversion, '') || '>' || coalesce(recipient, '')
    else sender end;

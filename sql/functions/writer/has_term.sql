-- Has a call with these columns this term (fcgi/api/api_search.h)? Words are
-- not looked at: false for 'w', and 'd' only as the end of a number.
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.has_term(
	term text, numbers text[], tags text[], intent text)
returns boolean
language sql immutable parallel safe
return coalesce(case left(term, 1)
    when 't' then substr(term, 2) = any (tags)
    when 'n' then exists (select from unnest(numbers) n
	where left(n, 128) = substr(term, 2))
    when 'i' then has_term.intent = substr(term, 2)
    when 'w' then false
    else exists (select from unnest(numbers) n
	where right(n, length(term) - 1) = substr(term, 2)) end, false);

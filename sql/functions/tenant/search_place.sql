-- execute: authenticated, callward_resolver, callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.search_place(user_id text, day integer)
returns text
language sql immutable parallel safe
return left(encode(sha256(decode(search_place.user_id, 'escape')), 'hex'), 6)
    || coalesce(to_hex(search_place.day), '');

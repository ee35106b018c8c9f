-- What stands before each word of a call in the index.
--
-- execute: authenticated, callward_resolver, callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.word_place(
	user_id text, created_at timestamptz)
returns text
language sql immutable parallel safe
return callward.search_place(word_place.user_id,
    callward.search_span(word_place.created_at)) || 'w';

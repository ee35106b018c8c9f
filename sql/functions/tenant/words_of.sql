-- What a call is found by; one under way has no words yet.
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.words_of(
	search_words tsvector, user_id text, created_at timestamptz,
	numbers text[], tags text[])
returns tsvector
language sql immutable parallel safe
return coalesce(search_words, callward.search_words(user_id, created_at,
    numbers, tags, null, null));

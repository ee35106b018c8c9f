-- What a call is found by. words: those of its texts, each with its place in
-- front (word_place), as lib/tenancy/indexer.c makes them.
--
-- execute: authenticated, callward_resolver, callward_writer
create or replace function callward.search_words(
	user_id text, created_at timestamptz, numbers text[], tags text[],
	intent text, words text[])
returns tsvector
language plpgsql immutable parallel safe
as $$
declare
	tenant constant text := callward.search_place(user_id, null);
	span constant text := to_hex(callward.search_span(created_at));
begin
	return array_to_tsvector(coalesce(words, '{}'))
	    || array_to_tsvector(array(
	    select tenant || term || ' ' || span from (
	        select 'n' || left(n, 128) from unnest(numbers) n
	        where n is not null
	        union all
	        select 't' || t from unnest(tags) t
	        union all
	        select 'i' || intent where intent is not null
	    ) whole (term)
	    union all
	    -- from its end, so that an end is a beginning
	    select tenant || span || 'r' || reverse(ltrim(left(n, 128), '+'))
	    from unnest(numbers) n
	    where n ~ '^[+]?[0-9]+$'));
end $$;

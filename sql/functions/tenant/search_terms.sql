-- What a search has to find: each term with its kind in front; of a word
-- ('w') it is the beginning. Null: nothing is searched for. One that begins
-- another needs no search.
--
-- execute: authenticated, callward_resolver, callward_writer
create or replace function callward.search_terms(
	words text, number text, tag text, intent text)
returns text[]
language plpgsql immutable parallel safe
as $$
declare
	split constant text[] := callward.search_split(search_terms.words);
begin
	if coalesce(words, number, tag, intent) is null then
		return null;
	end if;
	return array(select distinct 'w' || w from unnest(split) w
	    where not exists (select from unnest(split) longer
	        where longer <> w and starts_with(longer, w)))
	    || array_remove(array['n' || left(number, 128), 't' || tag,
	        'i' || intent], null);
end $$;

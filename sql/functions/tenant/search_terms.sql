-- What a search has to find: each term with its kind in front; of a word
-- ('w') it is the beginning, of digits ('d') also the end of a number, of 'r'
-- that alone. Null: nothing is searched for. A word that begins another needs
-- no search. The program of this release has them made
-- (fcgi/api/api_search.c); this is for the one before.
--
-- execute: authenticated, callward_resolver, callward_writer
create or replace function callward.search_terms(
	words text, number text, tag text, intent text)
returns text[]
language plpgsql immutable parallel safe
as $$
declare
	split constant text[] := callward.search_split(search_terms.words);
	digits constant text := '^[0-9]{4,15}$';
begin
	if coalesce(words, number, tag, intent) is null then
		return null;
	end if;
	return array(select distinct case when w ~ digits then 'd'
	        else 'w' end || w from unnest(split) w
	    where w ~ digits or not exists (select from unnest(split) longer
	        where longer <> w and longer !~ digits
	            and starts_with(longer, w)))
	    || array_remove(array[case when number ~ digits then 'r'
	        else 'n' end || left(number, 128), 't' || tag,
	        'i' || intent], null);
end $$;

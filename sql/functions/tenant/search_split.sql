-- The words of what is searched for, where the program of the release before
-- asks, which does not split it: those that lib/base/words.c makes of texts
-- without accents.
--
-- execute: authenticated, callward_resolver, callward_writer
create or replace function callward.search_split(content text) returns text[]
language plpgsql immutable strict parallel safe
as $$
begin
	return array(select w from regexp_split_to_table(lower(content),
	    '[^a-z0-9\u0080-\U0010ffff]+') w where octet_length(w) between 1 and 200);
end $$;

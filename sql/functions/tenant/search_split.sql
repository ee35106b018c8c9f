-- The words of what somebody searches for, for the program of the release
-- before, which does not split it. For texts without accents these are the
-- words that lib/base/words.c makes.
--
-- execute: authenticated, callward_resolver, callward_writer
create or replace function callward.search_split(content text) returns text[]
language plpgsql immutable strict parallel safe
as $$
begin
	return array(select w from regexp_split_to_table(lower(content),
	    '[^a-z0-9\u0080-\U0010ffff]+') w where octet_length(w) between 1 and 200);
end $$;

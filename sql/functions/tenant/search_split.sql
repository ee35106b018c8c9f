-- The words of a text, as many as stand in its first 16 KiB, in small letters.
-- What joins words parts them here, so that a number or an address is found by
-- its parts. (Much faster than a parser of to_tsvector's kind, and a report
-- waits for it.)
--
-- execute: authenticated, callward_resolver, callward_writer
create or replace function callward.search_split(content text) returns text[]
language plpgsql immutable strict parallel safe
as $$
declare
	words text := lower(left(content, 16384));
	mark text;
begin
	foreach mark in array string_to_array(
	    E'\n \t \r - _ / \\ . , : ; ! ? @ + & # % * = < > ( ) [ ] { } | ~'
	    ' ^ $ " '' ` ‘ ’ “ ” „ « » – — … ¿ ¡ \u00a0', ' ') loop
		words := replace(words, mark, ' ');
	end loop;
	return array(select w from unnest(string_to_array(words, ' ')) w
	    where octet_length(w) between 1 and 200);
end $$;

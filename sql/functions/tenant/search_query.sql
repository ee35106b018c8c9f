-- All terms within one of these spans.
--
-- execute: authenticated, callward_resolver, callward_writer
create or replace function callward.search_query(
	user_id text, first integer, last integer, terms text[])
returns tsquery
language plpgsql immutable parallel safe
as $$
declare
	tenant constant text := callward.search_place(user_id, null);
	hole constant text := E'\x01';
	-- the places of what is asked for by its beginning, and of the rest
	words text := '';
	others text := '';
	places text;
	term text;
	q text := '';
begin
	for s in first .. last loop
		words := words || '|''' || tenant || to_hex(s) || hole
		    || ''':*';
		others := others || '|''' || tenant || hole || ' ' || to_hex(s)
		    || '''';
	end loop;
	foreach term in array terms loop
		places := case when term ~ '^[wr]' then words else others end;
		if term ~ '^r' then
			term := 'r' || reverse(substr(term, 2));
		elsif term ~ '^d' then
			places := replace(words, hole, 'w' || substr(term, 2))
			    || replace(words, hole,
			        'r' || reverse(substr(term, 2)));
		end if;
		q := q || '&(' || replace(substr(places, 2), hole,
		    replace(replace(term, '\', '\\'), '''', ''''''))
		    || ')';
	end loop;
	return substr(q, 2)::tsquery;
end $$;

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
	-- the places of a word, and of any other term
	words text := '';
	others text := '';
	q text := '';
begin
	for s in first .. last loop
		words := words || '|''' || tenant || to_hex(s) || hole
		    || ''':*';
		others := others || '|''' || tenant || hole || ' ' || to_hex(s)
		    || '''';
	end loop;
	for n in 1 .. cardinality(terms) loop
		q := q || '&(' || replace(substr(case left(terms[n], 1)
		    when 'w' then words else others end, 2), hole,
		    replace(replace(terms[n], '\', '\\'), '''', ''''''))
		    || ')';
	end loop;
	return substr(q, 2)::tsquery;
end $$;

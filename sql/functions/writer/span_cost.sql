-- What it costs to look for all terms in one span that has about so many calls.
-- Each term is looked for in each span; the shorter a word, the more begin with
-- it.
create or replace function callward.span_cost(terms text[], calls integer)
returns integer
language plpgsql immutable
as $$
begin
	return (select sum(8 + case when t !~ '^[wdr]' then 0
	    else calls / (array[1, 4, 64])[least(length(t) - 1, 3)] end)
	    from unnest(terms) t);
end $$;

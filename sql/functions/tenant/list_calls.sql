-- One page of the tenant's calls that pass all that is asked for. A filter is
-- walked along the index in which it goes back furthest. Of words the newest
-- calls are looked at first, and as many as it takes if some are found, which
-- is enough for common ones; then spans are searched, if it takes less than to
-- look at each call of the filter's index, about twelve units of work; and then
-- those are walked on.
create or replace function callward.list_calls(
	most integer, after_at timestamptz, after_id uuid,
	f callward.call_filter)
returns callward.walk
language plpgsql stable
as $$
declare
	terms constant text[] := coalesce(f.terms, callward.search_terms(f.q,
	    f.number, f.tag, f.intent));
	ways constant text[] := callward.walks_of(f);
	-- then a walk meets none that does not pass
	simple constant boolean := callward.row_filters(f)
	    = case ways when '{all}' then 0 else 1 end;
	w callward.walk := ('{}', null, null, null);
	next callward.walk;
	way text;
	best text;
begin
	if terms = '{}' then
		return w;
	end if;
	foreach way in array ways loop
		next := callward.walk_calls(f, terms, way, after_at, after_id,
		    most, case when terms is not null then 32 when simple
		        then most else most + 200 end);
		if best is null or next.reached_at is null
		    or next.reached_at < w.reached_at then
			w := next;
			best := way;
		end if;
		exit when w.reached_at is null;
	end loop;
	if w.reached_at is not null and cardinality(w.ids) >= 2
	    and terms is not null then
		next := callward.walk_calls(f, terms, best, w.reached_at,
		    w.reached_id, most - cardinality(w.ids),
		    least(32 * most / cardinality(w.ids), 4000));
		w := (w.ids || next.ids, next.reached_at, next.reached_id,
		    w.a_day);
	end if;
	if w.reached_at is not null and terms is not null then
		next := callward.tenant_search(f, terms, w.reached_at,
		    w.reached_id, most - cardinality(w.ids), 40000,
		    case when best <> 'all' then w.a_day * 16 * 12 end);
		w := (w.ids || next.ids, next.reached_at, next.reached_id,
		    null);
	end if;
	if w.reached_at is not null and (terms is null or best <> 'all') then
		next := callward.walk_calls(f, terms, best, w.reached_at,
		    w.reached_id, most - cardinality(w.ids),
		    case when terms is null then 5000 else 4000 end);
		w := (w.ids || next.ids, next.reached_at, next.reached_id,
		    null);
	end if;
	return w;
end $$;

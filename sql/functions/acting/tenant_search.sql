-- The tenant's calls that have all terms and pass, from a place on: spans
-- of days are searched from the newest one back, more at a time the fewer calls
-- they have and the less was found. The bound is work, each unit about what it
-- takes to find one more call in an index; span_most is how much of it a span
-- is worth, null: there is no other way.
--
-- execute: callward_tenant
-- set: plan_cache_mode = force_generic_plan
create or replace function callward.tenant_search(
	f callward.call_filter, terms text[], after_at timestamptz,
	after_id uuid, most integer, bound integer, span_most integer)
returns callward.walk
language plpgsql stable
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	plain constant boolean := callward.row_filters(f) = 0;
	w callward.walk := ('{}', null, null, null);
	last integer := callward.search_span(after_at);
	oldest timestamptz;
	until_span integer;
	a_span integer;
	span_costs integer;
	step integer;
	got uuid[];
	more timestamptz;
begin
	select created_at into oldest from public.calls
	where user_id = me order by created_at limit 1;
	select created_at into more from public.calls
	where user_id = me and created_at < tenant_search.after_at
	order by created_at desc offset 99 limit 1;
	until_span := callward.search_span(greatest(oldest, f.since));
	a_span := 16 * case when more is null then 1 else
	    callward.calls_a_day(100, more, tenant_search.after_at) end;
	span_costs := callward.span_cost(terms, a_span);
	if span_costs > span_most then
		w.reached_at := tenant_search.after_at;
		w.reached_id := tenant_search.after_id;
		return w;
	end if;
	step := greatest(2000 / a_span, 1);
	while last >= until_span and cardinality(w.ids) < most and bound > 0
	    and (span_most is null or span_costs <= span_most) loop
		step := least(step, last - until_span + 1,
		    bound / span_costs + 1, 512 / cardinality(terms) + 1);
		got := callward.calls_with(me, last - step + 1, last, terms,
		    tenant_search.after_at, tenant_search.after_id,
		    case when plain then most - cardinality(w.ids) end);
		span_costs := greatest(span_costs,
		    8 * cardinality(terms) + 4 * cardinality(got) / step);
		bound := bound - step * span_costs;
		w.ids := w.ids || case when plain then got
		    else callward.passing_calls(f, got) end;
		last := last - step;
		step := step * 4;
	end loop;
	if last >= until_span and cardinality(w.ids) < most then
		w.reached_at := (date '1970-01-01' + 16 * (last + 1))::timestamp
		    at time zone 'UTC';
	end if;
	w := callward.with_calls_under_way(w, f, terms,
	    tenant_search.after_at, tenant_search.after_id, most);
	if cardinality(w.ids) = most then
		w.reached_at := null;
	end if;
	w.reached_id := case when w.reached_at is not null
	    then '00000000-0000-0000-0000-000000000000'::uuid end;
	return w;
end $$;

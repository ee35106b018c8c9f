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
	plain constant boolean := coalesce(f.status, f.follow_up, f.outcome)
	    is null and f.phone_number_id is null;
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
	-- each term is looked for in each span; the shorter a word, the more
	-- begin with it
	span_costs := (select sum(8 + case when t !~ '^w' then 0
	    else a_span / (array[1, 4, 64])[least(length(t) - 1, 3)] end)
	    from unnest(terms) t);
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
		w.ids := w.ids || case when plain then got else array(
		    select c.id
		    from unnest(got) found (id) cross join lateral (
		        select * from public.calls
		        where user_id = me and id = found.id offset 0) c
		    where callward.call_passes(c.status, c.follow_up_state,
		        c.after_hours, c.phone_number_id, f.status,
		        f.follow_up, f.outcome, f.phone_number_id)
		    order by c.created_at desc, c.id desc) end;
		last := last - step;
		step := step * 4;
	end loop;
	if last >= until_span and cardinality(w.ids) < most then
		w.reached_at := (date '1970-01-01' + 16 * (last + 1))::timestamp
		    at time zone 'UTC';
	end if;
	-- those under way have no words yet; a clinic that is told of no end
	-- may have many
	select created_at into more from public.calls
	where user_id = me and status in ('initiated', 'ringing',
	        'in-progress', 'forwarding')
	    and (created_at, id)
	        < (tenant_search.after_at, tenant_search.after_id)
	order by created_at desc offset 1000 limit 1;
	w.reached_at := greatest(w.reached_at, more);
	oldest := coalesce(greatest(w.reached_at, f.since), '-infinity');
	got := array(select id from public.calls
	    where user_id = me and status in ('initiated', 'ringing',
	            'in-progress', 'forwarding')
	        and search_words is null and created_at >= oldest
	        and (created_at, id)
	            < (tenant_search.after_at, tenant_search.after_id)
	        and callward.call_passes(status, follow_up_state, after_hours,
	            phone_number_id, f.status, f.follow_up, f.outcome,
	            f.phone_number_id)
	        and tenant_search.terms <@ (array[
	            'n' || left(caller_phone_number, 128),
	            'n' || left(assistant_phone_number, 128),
	            'n' || left(forwarded_from, 128)]
	            || array(select 't' || t from unnest(tags) t)));
	if got = '{}' and coalesce(more, f.since) is null then
		-- in order as they were found
		w.ids := w.ids[1:most];
	else
		-- one by one: to compare with all ids at once, a whole index
		-- of a tenant was walked who is much larger than the others
		w.ids := array(select c.id from unnest(w.ids || got) found (id)
		    cross join lateral (select id, created_at from public.calls
		        where user_id = me and id = found.id offset 0) c
		    where created_at >= oldest
		    order by created_at desc, c.id desc
		    limit most);
	end if;
	if cardinality(w.ids) = most then
		w.reached_at := null;
	end if;
	w.reached_id := case when w.reached_at is not null
	    then '00000000-0000-0000-0000-000000000000'::uuid end;
	return w;
end $$;

-- The figures of some days: of counted days where there are, else of the
-- calls. The plans are made once: none depends on how long the period is.
--
-- set: plan_cache_mode = force_generic_plan
-- set: work_mem = 64MB
create or replace function callward.figures_json(
	zone text, first_day date, last_day date, before timestamptz,
	starts timestamptz, ends timestamptz)
returns json
language plpgsql stable
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	step constant interval := callward.figures_step(zone, starts, ends);
begin
	return (with sums as materialized (
		select * from callward.figures_counted(zone, step, before,
		    starts, ends)
		union all
		select * from callward.figures_live(zone, step, before, starts,
		    ends)
	), totals as (
		select is_now, row(coalesce(sum(calls), 0),
		    coalesce(sum(answered), 0), coalesce(sum(missed), 0),
		    coalesce(sum(after_hours), 0), coalesce(sum(seconds), 0),
		    coalesce(round(sum(seconds) / nullif(sum(answered), 0), 1),
		        0),
		    coalesce(sum(successes), 0), coalesce(sum(rated), 0),
		    coalesce(round(sum(micros) / 1000000, 4), 0),
		    case when is_now then callward.follow_ups(starts, ends)
		        else callward.follow_ups(before, starts) end
		    )::callward.figures as f
		from sums
		where kind = 'all'
		group by is_now
	)
	select json_build_object('since', starts, 'until', ends,
	    'timezone', zone,
	    'totals', t.f, 'previous', p.f,
	    'change', callward.change_of(t.f, p.f),
	    'days', (select json_agg(json_build_object('date', d,
	            'calls', calls, 'answered', answered, 'missed', missed,
	            'after_hours', after_hours, 'seconds', seconds)
	            order by d)
	        from (
	            select first_day + n as d, coalesce(sum(calls), 0) as calls,
	                coalesce(sum(answered), 0) as answered,
	                coalesce(sum(missed), 0) as missed,
	                coalesce(sum(after_hours), 0) as after_hours,
	                coalesce(sum(seconds), 0) as seconds
	            from generate_series(0, last_day - first_day) n
	            left join sums on day = first_day + n
	            group by 1) s),
	    'hours', (select json_agg(json_build_object('weekday', n / 24,
	            'hour', n % 24, 'calls', calls) order by n)
	        from (
	            select n, coalesce(sum(calls), 0) as calls
	            from generate_series(0, 167) n
	            left join sums on hour = n
	            group by 1) s),
	    'outcomes', (select coalesce(json_agg(json_build_object(
	            'status', s.status, 'calls', s.calls)
	            order by s.calls desc, s.status), '[]')
	        from (
	            select status, sum(calls) as calls
	            from sums where is_now and status is not null
	            group by 1) s),
	    'intents', (select coalesce(json_agg(json_build_object(
	            'intent', s.intent, 'name', i.name, 'calls', s.calls)
	            order by s.calls desc, s.intent), '[]')
	        from (
	            select intent, sum(calls) as calls
	            from sums where is_now and intent is not null
	            group by 1 order by 2 desc, 1 limit 100) s
	        left join public.intents i
	            on i.user_id = me and i.slug = s.intent))
	from totals t
	join totals p on t.is_now and not p.is_now);
end $$;

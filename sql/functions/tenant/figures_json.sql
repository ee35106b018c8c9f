-- The figures of some days: of counted days where there are, else of the
-- calls.
--
-- set: work_mem = 64MB
create or replace function callward.figures_json(
	zone text, first_day date, last_day date, before timestamptz,
	starts timestamptz, ends timestamptz)
returns json
language plpgsql stable
as $$
declare
	me constant text := callward.current_user_id();
	step constant interval := callward.figures_step(zone, starts, ends);
	answer json;
begin
	with days as materialized (
		select p.is_now, g.at, greatest(p.since, g.at) as since,
		    least(p.until, g.at + interval '24 hours') as until,
		    c.day is not null as is_counted, c.after_hours, c.seconds,
		    c.successes, c.rated, c.micros, c.statuses, c.intents,
		    c.quarters
		from (values (false, before, starts), (true, starts, ends))
		    p (is_now, since, until)
		cross join lateral (
			select d::date as day, d at time zone 'UTC' as at
			from generate_series(
			    date_trunc('day', p.since at time zone 'UTC'),
			    p.until at time zone 'UTC'
			        - interval '1 microsecond',
			    interval '1 day') d
		) g
		left join public.call_days c
		    on c.user_id = me and c.day = g.day and not c.is_stale
		    and g.at >= p.since
		    and g.at + interval '24 hours' <= p.until
	), live as materialized (
		select d.is_now, c.*
		from days d
		cross join lateral (
			select date_bin(step, created_at, '2000-01-01Z') as at,
			    status, intent, count(*) as calls,
			    count(*) filter (where after_hours) as after_hours,
			    sum(duration_seconds) as seconds,
			    count(*) filter (where success) as successes,
			    count(success) as rated,
			    sum(cost_micros) as micros
			from public.calls
			where user_id = me and created_at >= d.since
			    and created_at < d.until and not is_test
			group by 1, 2, 3
		) c
		where not d.is_counted
	), by_status as materialized (
		select is_now, status, sum(calls) as calls,
		    status in ('completed', 'in-progress', 'forwarding')
		        as answered,
		    status in ('no-answer', 'busy', 'failed', 'canceled')
		        as missed
		from (
			select is_now, status, calls from live
			union all
			select is_now, key, value::bigint
			from days, jsonb_each_text(statuses)
		) s
		group by 1, 2
	), outcomes as (
		select is_now, sum(calls) as calls,
		    coalesce(sum(calls) filter (where answered), 0) as answered,
		    coalesce(sum(calls) filter (where missed), 0) as missed
		from by_status
		group by 1
	), sums as (
		select is_now, sum(after_hours) as after_hours,
		    sum(seconds) as seconds, sum(successes) as successes,
		    sum(rated) as rated, sum(micros) as micros
		from (
			select is_now, after_hours, seconds, successes, rated,
			    micros from live
			union all
			select is_now, after_hours, seconds, successes, rated,
			    micros from days
		) s
		group by 1
	), totals as (
		select is_now, row(coalesce(o.calls, 0),
		    coalesce(o.answered, 0), coalesce(o.missed, 0),
		    coalesce(s.after_hours, 0), coalesce(s.seconds, 0),
		    coalesce(round(s.seconds / nullif(o.answered, 0), 1), 0),
		    coalesce(s.successes, 0), coalesce(s.rated, 0),
		    coalesce(round(s.micros / 1000000, 4), 0),
		    case when is_now then callward.follow_ups(starts, ends)
		        else callward.follow_ups(before, starts) end
		    )::callward.figures as f
		from sums s
		left join outcomes o using (is_now)
	), slots as (
		select at, sum(calls) as calls, sum(answered) as answered,
		    sum(missed) as missed, sum(after_hours) as after_hours,
		    sum(seconds) as seconds
		from (
			select at, calls, case when status in ('completed',
			        'in-progress', 'forwarding') then calls end
			        as answered,
			    case when status in ('no-answer', 'busy', 'failed',
			        'canceled') then calls end as missed,
			    after_hours, seconds
			from live
			where is_now
			union all
			select date_bin(step, d.at + q.nth * interval '15 minutes',
			    '2000-01-01Z'), q.calls, q.answered, q.missed,
			    q.after_hours, q.seconds
			from days d, unnest(d.quarters) q
			where d.is_now
		) s
		group by 1
	), local as materialized (
		select (at at time zone zone)::date as day,
		    extract(dow from at at time zone zone)::integer as w,
		    extract(hour from at at time zone zone)::integer as h,
		    calls, answered, missed, after_hours, seconds
		from slots
	)
	select json_build_object('since', starts, 'until', ends,
	    'timezone', zone,
	    'totals', t.f, 'previous', p.f,
	    'change', callward.change_of(t.f, p.f),
	    'days', (select json_agg(json_build_object('date', d.day,
	            'calls', coalesce(l.calls, 0),
	            'answered', coalesce(l.answered, 0),
	            'missed', coalesce(l.missed, 0),
	            'after_hours', coalesce(l.after_hours, 0),
	            'seconds', coalesce(l.seconds, 0)) order by d.day)
	        from (select first_day + n as day
	            from generate_series(0, last_day - first_day) n) d
	        left join (select day, sum(calls) as calls,
	                sum(answered) as answered, sum(missed) as missed,
	                sum(after_hours) as after_hours,
	                sum(seconds) as seconds
	            from local group by 1) l using (day)),
	    'hours', (select json_agg(json_build_object('weekday', w,
	            'hour', h, 'calls', coalesce(l.calls, 0)) order by w, h)
	        from generate_series(0, 6) w
	        cross join generate_series(0, 23) h
	        left join (select w, h, sum(calls) as calls
	            from local group by 1, 2) l using (w, h)),
	    'outcomes', (select coalesce(json_agg(json_build_object(
	            'status', o.status, 'calls', o.calls)
	            order by o.calls desc, o.status), '[]')
	        from by_status o where o.is_now),
	    'intents', (select coalesce(json_agg(json_build_object(
	            'intent', o.intent, 'name', i.name, 'calls', o.calls)
	            order by o.calls desc, o.intent), '[]')
	        from (
	            select intent, sum(calls) as calls
	            from (
	                select intent, calls from live
	                where is_now and intent is not null
	                union all
	                select key, value::bigint
	                from days, jsonb_each_text(intents)
	                where is_now
	            ) n
	            group by 1 order by 2 desc, 1 limit 100) o
	        left join public.intents i
	            on i.user_id = me and i.slug = o.intent))
	into answer
	from totals t
	join totals p on t.is_now and not p.is_now;
	return answer;
end $$;

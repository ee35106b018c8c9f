-- The same sums as figures_counted has, of the calls of all other days and of
-- parts of one.
create or replace function callward.figures_live(
	zone text, step interval, before timestamptz, starts timestamptz,
	ends timestamptz)
returns table (kind text, is_now boolean, status text, intent text, day date,
	hour integer, calls bigint, answered bigint, missed bigint,
	after_hours bigint, seconds bigint, successes bigint, rated bigint,
	micros bigint)
language plpgsql stable
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
begin
	return query
	with days as (
		select p.is_now, greatest(p.since, d at time zone 'UTC')
		        as since,
		    least(p.until, d at time zone 'UTC' + interval '24 hours')
		        as until
		from (values (false, before, starts), (true, starts, ends))
		    p (is_now, since, until)
		cross join lateral generate_series(
		    date_trunc('day', p.since at time zone 'UTC'),
		    p.until at time zone 'UTC' - interval '1 microsecond',
		    interval '1 day') d
		left join public.call_days c
		    on c.user_id = me and c.day = d::date and not c.is_stale
		    and d >= p.since at time zone 'UTC'
		    and d + interval '24 hours' <= p.until at time zone 'UTC'
		where c.day is null
	), live as materialized (
		select d.is_now, c.*
		from days d
		cross join lateral (
			select date_bin(step, created_at, '2000-01-01Z') as at,
			    status, intent, count(*)::integer as calls,
			    count(*) filter (where after_hours)::integer
			        as after_hours,
			    sum(duration_seconds) as seconds,
			    count(*) filter (where success)::integer
			        as successes,
			    count(success)::integer as rated,
			    sum(cost_micros) as micros
			from public.calls
			where user_id = me and created_at >= d.since
			    and created_at < d.until and not is_test
			group by 1, 2, 3
		) c
	), slots as (
		select at, sum(calls) as calls,
		    sum(calls) filter (where callward.is_answered(status))
		        as answered,
		    sum(calls) filter (where callward.is_missed(status))
		        as missed,
		    sum(after_hours) as after_hours, sum(seconds) as seconds
		from live
		where is_now
		group by 1
	)
	select case when grouping(status) = 0 then 'all' else 'intent' end,
	    is_now, status, intent, null::date, null::integer,
	    sum(calls), sum(calls) filter (where callward.is_answered(status)),
	    sum(calls) filter (where callward.is_missed(status)),
	    sum(after_hours), sum(seconds)::bigint, sum(successes), sum(rated),
	    sum(micros)::bigint
	from live
	group by grouping sets ((is_now, status), (is_now, intent))
	union all
	select 'clock', true, null, null, here::date,
	    (extract(dow from here) * 24 + extract(hour from here))::integer,
	    sum(calls)::bigint, sum(answered)::bigint, sum(missed)::bigint,
	    sum(after_hours)::bigint, sum(seconds)::bigint, null, null, null
	from (select *, at at time zone zone as here from slots) s
	group by grouping sets (5, 6)
	union all
	select * from callward.figures_in_vain(zone, step, before, starts, ends);
end $$;

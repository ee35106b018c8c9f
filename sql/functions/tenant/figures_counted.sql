-- Sums of what was counted of the days that lie whole in a period (is_now) or
-- in the one before it. A row is of a status or of all of them; of the period
-- also of an intent, a day or an hour of the week (0 to 167) of a zone's clock.
create or replace function callward.figures_counted(
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
	with days as materialized (
		select p.is_now, c.*
		from (values (false, before, starts), (true, starts, ends))
		    p (is_now, since, until)
		left join public.call_days c
		    on c.user_id = me and not c.is_stale
		    and c.day >= (p.since at time zone 'UTC' + interval '1 day'
		        - interval '1 microsecond')::date
		    and c.day < (p.until at time zone 'UTC')::date
	), slots as (
		select date_bin(step, d.day + q.nth * interval '15 minutes',
		        '2000-01-01') as at,
		    sum(q.calls) as calls, sum(q.answered) as answered,
		    sum(q.missed) as missed, sum(q.after_hours) as after_hours,
		    sum(q.seconds) as seconds
		from days d, unnest(d.quarters) q
		where d.is_now
		group by 1
	)
	select 'all', is_now, null, null, null::date, null::integer,
	    null::bigint, -sum(in_vain), sum(in_vain), sum(after_hours),
	    sum(seconds)::bigint, sum(successes), sum(rated),
	    sum(micros)::bigint
	from days
	group by is_now
	union all
	select 'all', is_now, status, null, null, null, n,
	    case when callward.is_answered(status) then n end,
	    case when callward.is_missed(status) then n end, null, null, null,
	    null, null
	from (
		select is_now, s.key as status, sum(s.value::bigint)::bigint as n
		from days, jsonb_each_text(statuses) s
		group by 1, 2
	) s
	union all
	select 'intent', true, null, i.key, null, null,
	    sum(i.value::bigint)::bigint, null, null, null, null, null, null,
	    null
	from days, jsonb_each_text(intents) i
	where is_now
	group by i.key
	union all
	select 'clock', true, null, null, here::date,
	    (extract(dow from here) * 24 + extract(hour from here))::integer,
	    sum(calls)::bigint, sum(answered)::bigint, sum(missed)::bigint,
	    sum(after_hours)::bigint, sum(seconds)::bigint, null, null, null
	from (select *, at at time zone 'UTC' at time zone zone as here
	    from slots) s
	group by grouping sets (5, 6);
end $$;

-- A day's figures, as its row has them; the row is held by the caller, who
-- must have taken it in an earlier statement than this one.
--
-- execute: callward_writer
create or replace function callward.count_day(user_id text, day date)
returns void
language plpgsql
as $$
#variable_conflict use_column
declare
	starts constant timestamptz := count_day.day::timestamp
	    at time zone 'UTC';
begin
	with own as materialized (
		select floor(extract(epoch from created_at - starts) / 900)
		        ::smallint as nth,
		    status, intent, after_hours, success, duration_seconds,
		    cost_micros
		from public.calls
		where user_id = count_day.user_id and created_at >= starts
		    and created_at < starts + interval '24 hours'
		    and not is_test
	), vain as (
		-- along calls_missed: calls_newest does not hold missed
		select floor(extract(epoch from created_at - starts) / 900)
		        ::smallint as nth, count(*) as in_vain
		from public.calls
		where user_id = count_day.user_id and created_at >= starts
		    and created_at < starts + interval '24 hours'
		    and not is_test and missed and callward.is_answered(status)
		group by 1
	), by_quarter as (
		select nth, count(*) as calls,
		    count(*) filter (where callward.is_answered(status))
		        as answered,
		    count(*) filter (where callward.is_missed(status)) as missed,
		    count(*) filter (where after_hours) as after_hours,
		    coalesce(sum(duration_seconds), 0) as seconds
		from own
		group by nth
	)
	update public.call_days d
	set is_stale = false, calls = t.calls, after_hours = t.after_hours,
	    seconds = t.seconds, successes = t.successes, rated = t.rated,
	    micros = t.micros,
	    used_seconds = callward.used_live(count_day.user_id, starts,
	        starts + interval '24 hours'),
	    statuses = (select coalesce(jsonb_object_agg(status, n), '{}')
	        from (select status, count(*) as n from own
	            group by 1) s),
	    intents = (select coalesce(jsonb_object_agg(intent, n), '{}')
	        from (select intent, count(*) as n from own
	            where intent is not null group by 1) i),
	    in_vain = (select coalesce(sum(in_vain), 0) from vain),
	    quarters = array(select (nth, calls,
	            answered - coalesce(in_vain, 0),
	            missed + coalesce(in_vain, 0),
	            after_hours, seconds)::callward.quarter
	        from by_quarter left join vain using (nth) order by nth)
	from (
		select count(*) as calls,
		    count(*) filter (where after_hours) as after_hours,
		    coalesce(sum(duration_seconds), 0) as seconds,
		    count(*) filter (where success) as successes,
		    count(success) as rated,
		    coalesce(sum(cost_micros), 0) as micros
		from own
	) t
	where d.user_id = count_day.user_id and d.day = count_day.day;
end $$;

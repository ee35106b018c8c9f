-- A correction for figures_live, which counts by status: calls whose transfers
-- all failed are missed, and not answered.
create or replace function callward.figures_in_vain(
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
	with vain as materialized (
		select c.created_at >= starts as is_now,
		    date_bin(step, c.created_at, '2000-01-01Z')
		        at time zone zone as here, count(*) as n
		from public.calls c
		left join public.call_days d
		    on d.user_id = me and not d.is_stale
		    and d.day = (c.created_at at time zone 'UTC')::date
		    and d.day >= (case when c.created_at >= starts then starts
		        else before end at time zone 'UTC' + interval '1 day'
		        - interval '1 microsecond')::date
		    and d.day < (case when c.created_at >= starts then ends
		        else starts end at time zone 'UTC')::date
		where c.user_id = me and c.created_at >= before
		    and c.created_at < ends and c.missed and not c.is_test
		    and callward.is_answered(c.status) and d.day is null
		group by 1, 2
	)
	select 'all', is_now, null, null, null::date, null::integer,
	    null::bigint, -sum(n)::bigint, sum(n)::bigint, null::bigint,
	    null::bigint, null::bigint, null::bigint, null::bigint
	from vain
	group by is_now
	union all
	select 'clock', true, null, null, here::date,
	    (extract(dow from here) * 24 + extract(hour from here))::integer,
	    null, -sum(n)::bigint, sum(n)::bigint, null, null, null, null, null
	from vain
	where is_now
	group by grouping sets (5, 6);
end $$;

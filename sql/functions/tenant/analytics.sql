-- Calls, seconds and outcomes of some days of a zone, beside as many days
-- before. Days begin and end by the zone's clock: a day of 23 or 25 hours is
-- one day. Calls are counted by hours, or by quarters of one where the zone's
-- clock parts the hours of UTC, and only those are brought to that clock.
--
-- The days are asked for as such (first_day and last_day, both included, or so
-- many days that end with the last, which is today where nothing else is said),
-- or by instants that lie in them (since, and until behind the last). tz null:
-- the clinic's.
--
-- count_since and count_until of the answer: the days between which, until
-- excluded, tenant_count_days has something to count; null where nothing is.
create or replace function callward.analytics(
	since timestamptz, until timestamptz, tz text, first_day date,
	last_day date, days integer,
	out outcome text, out answer json, out count_since date,
	out count_until date)
language plpgsql stable
as $$
declare
	me constant text := callward.current_user_id();
	own constant text := callward.clinic_zone(me);
	zone constant text := coalesce(tz, own);
	by_instants constant boolean := since is not null or until is not null;
	to_today constant boolean := until is null and last_day is null;
	before timestamptz;
	starts timestamptz;
	ends timestamptz;
begin
	outcome := 'refused';
	-- its own stands, by whatever rule it was once set
	if zone <> own and not callward.timezone_is_known(zone) then
		answer := json_build_array(callward.complaint('tz',
		    'not_a_time_zone'));
		return;
	end if;
	last_day := coalesce(last_day, ((until - interval '1 microsecond')
	    at time zone zone)::date, (now() at time zone zone)::date);
	first_day := coalesce(first_day, (since at time zone zone)::date,
	    last_day - days + 1);
	days := last_day - first_day + 1;
	if days < 1 then
		answer := json_build_array(case
		    when to_today then callward.complaint(
		        case when by_instants then 'since' else 'from' end,
		        'in_future')
		    when by_instants then callward.complaint('until',
		        'not_after', '{"other": "since"}')
		    else callward.complaint('to', 'ends_before_first_day') end);
		return;
	elsif days > 400 then
		answer := json_build_array(callward.complaint(
		    case when by_instants then 'since' else 'from' end,
		    'too_many_days', jsonb_build_object('n', 400, 'other',
		        case when by_instants then 'until' else 'to' end)));
		return;
	end if;
	before := callward.day_start(first_day - days, zone);
	starts := callward.day_start(first_day, zone);
	ends := callward.day_start(last_day + 1, zone);
	outcome := 'ok';
	answer := callward.figures_json(zone, first_day, last_day, before,
	    starts, ends);
	-- whole days that are over, from the tenant's first call on
	select min(g::date), max(g::date) + 1 into count_since, count_until
	from generate_series(
	    (select greatest(date_trunc('day', c.created_at at time zone 'UTC'),
	        (before at time zone 'UTC')::date::timestamp)
	        from public.calls c
	        where c.user_id = me order by c.created_at limit 1),
	    least(ends at time zone 'UTC', callward.day_open()::timestamp)
	        - interval '1 day', interval '1 day') g
	left join public.call_days c
	    on c.user_id = me and c.day = g::date
	where c.is_stale is not false;
end $$;

-- A clinic's day begins at its first instant. Where the clock is put back over
-- midnight, as in the Azores each October, that midnight comes twice, and "at
-- time zone" takes the second one; the hour between belonged to no day, or to
-- two. So a clock's time becomes an instant here and nowhere else.

-- The first instant at which the zone's clock shows this time, or a later one
-- where it leaves this one out.
create function callward.first_instant(shown timestamp, zone text)
returns timestamptz
language plpgsql stable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
	-- of a time that comes twice the second; of one that is left out what
	-- the clock before would have made of it
	found timestamptz := shown at time zone zone;
	eve constant timestamptz := found - interval '24 hours';
	-- the same time by the clock of the day before
	earlier constant timestamptz := (shown - (eve at time zone zone
	    - eve at time zone 'UTC')) at time zone 'UTC';
	below timestamptz;
	middle timestamptz;
begin
	if earlier < found and earlier at time zone zone >= shown then
		found := earlier;
	end if;
	-- the clock was put forward a while before: to when?
	if (found - interval '1 second') at time zone zone >= shown then
		below := found - interval '24 hours';
		while found - below > interval '1 second' loop
			middle := date_trunc('second',
			    below + (found - below) / 2);
			if middle at time zone zone >= shown then
				found := middle;
			else
				below := middle;
			end if;
		end loop;
	end if;
	return found;
end $$;

-- When a day begins. One that the zone leaves out begins, and ends, with the
-- next one.
create function callward.day_start(day date, zone text) returns timestamptz
language sql stable strict parallel safe
return callward.first_instant(day::timestamp, zone);

-- The same, of the clinic that asks.
create function callward.tenant_day_start(day date) returns timestamptz
language sql stable strict
return callward.day_start(day,
    callward.clinic_zone(callward.current_user_id()));

-- As in 0014. A month begins at the first instant of its clock's time; the
-- begin and the end that the subscription says stand as they are.
create or replace function callward.current_period(
	user_id text, at timestamptz,
	out period_start timestamptz, out period_end timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
	zone constant text := callward.clinic_zone(user_id);
	clock constant timestamp := current_period.at at time zone zone;
	-- a month begins here, and in every other month
	base timestamptz;
	turn timestamp;
	months integer;
begin
	select current_period_start, current_period_end
	into period_start, period_end
	from public.subscriptions
	where user_id = current_period.user_id
	order by created_at desc, id desc
	limit 1;
	if period_end > current_period.at then
		period_start := coalesce(period_start, callward.first_instant(
		    (period_end at time zone zone) - interval '1 month', zone));
		if period_start <= current_period.at then
			return;
		end if;
	end if;
	base := coalesce(period_end, period_start, callward.day_start(
	    date_trunc('month', clock)::date, zone));
	turn := base at time zone zone;
	-- a day whose midnight is left out begins later, and the others do not
	if callward.day_start(turn::date, zone) = base then
		turn := turn::date;
	end if;
	months := 12 * (extract(year from clock) - extract(year from turn))
	    + extract(month from clock) - extract(month from turn) - 2;
	loop
		period_start := period_end;
		period_end := case months when 0 then base
		    else callward.first_instant(
		        turn + make_interval(months => months), zone) end;
		exit when period_end > current_period.at;
		months := months + 1;
	end loop;
end $$;

-- As in 0021. The days are asked for as such (first_day and last_day, both
-- included, or so many days that end with the last, which is today where
-- nothing else is said), or by instants that lie in them.
drop function callward.analytics(timestamptz, timestamptz, text);
create function callward.analytics(
	since timestamptz, until timestamptz, tz text, first_day date,
	last_day date, days integer,
	out outcome text, out answer json, out count_since date,
	out count_until date)
language plpgsql stable set search_path = pg_catalog, pg_temp
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
		answer := '[{"field": "tz", "message": "must be a time zone'
		    ' such as America/New_York"}]';
		return;
	end if;
	last_day := coalesce(last_day, ((until - interval '1 microsecond')
	    at time zone zone)::date, (now() at time zone zone)::date);
	first_day := coalesce(first_day, (since at time zone zone)::date,
	    last_day - days + 1);
	days := last_day - first_day + 1;
	if days < 1 then
		answer := json_build_array(json_build_object('field',
		    case when by_instants then case when to_today then 'since'
		        else 'until' end
		    when to_today then 'from' else 'to' end,
		    'message', case when to_today
		        then 'must not be in the future'
		    when by_instants then 'must be after since'
		    else 'must not be before the first day' end));
		return;
	elsif days > 400 then
		answer := json_build_array(json_build_object('field',
		    case when by_instants then 'since' else 'from' end,
		    'message', 'must not be over 400 days before '
		    || case when by_instants then 'until' else 'to' end));
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

revoke all on function callward.first_instant, callward.day_start,
    callward.tenant_day_start, callward.analytics from public;
grant execute on function callward.first_instant, callward.day_start
to callward_writer, callward_tenant;
grant execute on function callward.tenant_day_start, callward.analytics
to callward_tenant;
alter function callward.first_instant owner to callward_owner;
alter function callward.day_start owner to callward_owner;
alter function callward.tenant_day_start owner to callward_owner;
alter function callward.analytics owner to callward_owner;

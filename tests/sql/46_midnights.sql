-- A local day begins at its first instant, also where the clock is put back or
-- forward over midnight: beside what the database's own clock shows, a quarter
-- of an hour after the other, around every change of every zone in two years.
begin;
set search_path = tap, public;
\set subscribe `LC_ALL=C awk -v part=text -f :'top'/sql/statements.awk :'top'/sql/statements/operator_subscription_set.sql`
select plan(39);
select tap.scenario();
set local timezone = 'Asia/Tokyo';

create function pg_temp.be(role text) returns void language plpgsql as $$
begin
	perform set_config('role', 'none', true);
	perform set_config('request.jwt.claims', '{"sub":"user_a"}', true);
	perform set_config('role', role, true);
end $$;
create function pg_temp.zone(zone text) returns void language sql as $$
	delete from public.clinic_settings where user_id = 'user_a';
	insert into public.clinic_settings (user_id, timezone)
	values ('user_a', zone);
$$;
-- What it was before.
create function pg_temp.usual(day date, zone text) returns timestamptz
language sql as $$ select day::timestamp at time zone zone $$;

-- Every change, by the end of the day of UTC in which it lies; each local day
-- around it, and the instants at which the zone's clock shows that day.
create temporary table changes as
select zone, at from (
	select name as zone, at, was, lag(was) over (partition by name
	    order by at) as before
	from (
		select name, at, at at time zone name - at at time zone 'UTC'
		    as was
		from pg_timezone_names, generate_series(
		    timestamptz '2026-01-01 00:00Z', '2028-01-01 00:00Z',
		    '24 hours') at
	) offsets
) steps where was <> before;
create temporary table days as
select zone, day, min(at) as begins, max(at) + interval '15 minutes' as ends,
    count(*)::integer as quarters
from (
	select zone, c.at as change, q.at, (q.at at time zone zone)::date as day
	from changes c, generate_series(c.at - interval '72 hours',
	    c.at + interval '48 hours', '15 minutes') q (at)
) instants
where day > ((change - interval '72 hours') at time zone zone)::date
    and day < ((change + interval '48 hours') at time zone zone)::date
group by zone, change, day;
select cmp_ok(count(distinct zone), '>', 100::bigint, 'zones change their clock')
from days;
select diag(format('%s days of %s zones, %s of them not of 24 hours',
    count(*), count(distinct zone), count(*) filter (where quarters <> 96)))
from days;
select is(count(*) filter (where ends - begins
    <> quarters * interval '15 minutes'), 0::bigint,
    'no day is in two pieces') from days;
select diag(format('"at time zone" is wrong about %s in %s', day,
    string_agg(zone, ', ' order by zone)))
from days where zone not like 'posix/%' and (pg_temp.usual(day, zone) <> begins
    or pg_temp.usual(day + 1, zone) <> ends)
group by day order by day;
select cmp_ok(count(*), '>', 0::bigint,
    '"at time zone" is wrong about days of the Azores and Havana')
from days where zone in ('Atlantic/Azores', 'America/Havana')
    and (pg_temp.usual(day, zone) <> begins
        or pg_temp.usual(day + 1, zone) <> ends);
select is_empty($$ select zone, day, begins, callward.day_start(day, zone)
    from days where callward.day_start(day, zone) <> begins $$,
    'each of these days begins with its first instant');
select is_empty($$ select zone, day, ends, callward.day_start(day + 1, zone)
    from days where callward.day_start(day + 1, zone) <> ends $$,
    'and ends with its last');

-- Days of which two years have none, by minutes.
select is(callward.day_start(day, zone), (
	select min(at) from generate_series(
	    day::timestamp at time zone 'UTC' - interval '50 hours',
	    day::timestamp at time zone 'UTC' + interval '50 hours',
	    '1 minute') at
	where (at at time zone zone)::date >= day), zone || why)
from (values
	('America/Toronto', date '1919-03-31', ': from 23:30 to 00:30'),
	('Pacific/Apia', '2011-12-30', ': a day that is left out'),
	('Pacific/Apia', '2011-12-31', ': and the one behind it'),
	('Pacific/Kwajalein', '1993-08-21', ': a day that is left out'),
	('America/St_Johns', '2010-11-07', ': from 00:01 to 23:01'),
	('America/Santiago', '2026-09-06', ': a midnight that is left out'))
    as v (zone, day, why);

-- The figures of each such day: a call in each of its quarters of an hour.
insert into public.calls (user_id, caller_phone_number, assistant_phone_number,
    status, created_at)
select distinct 'user_a', '+15550000001', '+15559999999', 'completed', at
from (select min(begins) as first, max(ends) as last from days
    where quarters <> 96 group by day) d,
    generate_series(first - interval '24 hours', last + interval '24 hours',
        '15 minutes') at;
create function pg_temp.figures(first date, last date, zone text default null)
returns json language plpgsql as $$
declare
	answer json;
begin
	perform pg_temp.be('callward_tenant');
	select f.answer into answer
	from callward.analytics(null, null, zone, first, last, 1) f;
	perform set_config('role', 'none', true);
	return answer;
end $$;
create temporary table figured as
select d.*, pg_temp.figures(day, day, zone) as f,
    pg_temp.figures(day - 1, day + 1, zone) as three
from (
	select distinct on (day, begins, ends) * from days
	where quarters <> 96 and callward.timezone_is_known(zone)
	order by day, begins, ends, zone
) d;
select cmp_ok(count(*), '>', 80::bigint, 'there are days to count') from figured;
select is_empty($$ select zone, day, quarters, f -> 'totals' ->> 'calls'
    from figured where (f ->> 'since')::timestamptz <> begins
    or (f ->> 'until')::timestamptz <> ends
    or (f -> 'totals' ->> 'calls')::integer <> quarters
    or (f -> 'days' -> 0 ->> 'calls')::integer <> quarters
    or json_array_length(f -> 'days') <> 1 $$,
    'each counts the calls of its hours, one day');
select is_empty($$ select zone, day from figured, lateral (
	select sum((c ->> 'calls')::integer) as sum,
	    array_agg((c ->> 'calls')::integer) as each
	from json_array_elements(three -> 'days') c) t
    where (three -> 'totals' ->> 'calls')::integer <> sum
    or each <> array[96, quarters, 96] $$,
    'and with its neighbours three days, none with an hour of another');
select is_empty($$ select zone, day, hour from figured, lateral (
	select hour, coalesce(n, 0) as n, (
	    select (c ->> 'calls')::bigint
	    from json_array_elements(f -> 'hours') c
	    where (c ->> 'hour')::integer = hour
	        and (c ->> 'weekday')::integer = extract(dow from day)) as told
	from generate_series(0, 23) hour
	left join (select extract(hour from at at time zone zone) as hour,
	        count(*) as n
	    from generate_series(begins, ends - interval '1 second',
	        '15 minutes') at
	    group by 1) shown using (hour)) t
    where n <> told $$,
    'by hours: twice as many in one that comes twice, none in one left out');
delete from public.calls;

-- Azores, 2026-10-25: at 01:00Z it is midnight for the second time.
select pg_temp.zone('Atlantic/Azores') \g /dev/null
insert into public.calls (user_id, caller_phone_number, assistant_phone_number,
    created_at)
select 'user_a', '+15550000001', '+15559999999', at
from unnest('{2026-10-24T23:30Z, 2026-10-25T00:30Z, 2026-10-25T01:30Z,
    2026-10-25T02:30Z}'::timestamptz[]) at;
select is(pg_temp.figures(day, day) -> 'totals' ->> 'calls', n,
    format('%s has %s of the four calls', day, n))
from (values (date '2026-10-24', '1'), ('2026-10-25', '3')) v (day, n);
select is(pg_temp.figures('2026-10-24', '2026-10-25') -> 'days' -> i
    ->> 'calls', n, format('and of both, day %s has %s', i + 1, n))
from (values (0, '1'), (1, '3')) v (i, n);
select pg_temp.be('callward_tenant') \g /dev/null
select is(answer -> 'totals' ->> 'calls', '3',
    'and so by an instant of the hour that belonged to no day')
from callward.analytics('2026-10-25 00:30Z', '2026-10-25 00:30:01Z', null,
    null, null, 30);
select is(callward.tenant_day_start('2026-10-25'), '2026-10-25 00:00Z',
    'a list of that day has it too');
reset role;

-- Hours are told by the clock, so both of them are open.
insert into public.working_hours (user_id, day_of_week, open_time, close_time)
values ('user_a', 0, '00:00', '00:45'), ('user_a', 6, '22:00', '24:00');
select is(callward.is_open('user_a', tap.u(801), at::timestamptz), open,
    at || ': ' || why)
from (values ('2026-10-24 23:59Z', true, 'until midnight'),
	('2026-10-25 00:00Z', true, 'from midnight'),
	('2026-10-25 00:45Z', false, 'closed'),
	('2026-10-25 01:00Z', true, 'from the second midnight'),
	('2026-10-25 01:45Z', false, 'closed again')) v (at, open, why);

-- A plan's periods.
prepare subscribe (text, text, text, integer, boolean, text, text, text) as
:subscribe
create function pg_temp.plan(zone text, first text, last text default null)
returns void language plpgsql as $$
begin
	perform pg_temp.zone(zone);
	delete from public.subscriptions where user_id = 'user_a';
	perform pg_temp.be('callward_writer');
	execute format('execute subscribe (%L, %L, null, null, null, null, %L,'
	    ' %L)', 'user_a', 'Small', first, last);
	perform set_config('role', 'none', true);
end $$;
create function pg_temp.period(moment text) returns text language sql as $$
	select to_char(period_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI')
	    || ' ' || to_char(period_end at time zone 'UTC',
	    'YYYY-MM-DD"T"HH24:MI')
	from callward.current_period('user_a', moment::timestamptz)
$$;
select pg_temp.plan('Atlantic/Azores', '2026-10-25', '2027-10-31') \g /dev/null
select is(pg_temp.period('2026-10-25 00:00Z'),
    '2026-10-25T00:00 2027-10-31T00:00',
    'a period begins, and ends, with the first instant of a day');
select pg_temp.plan('Atlantic/Azores', '2026-09-25') \g /dev/null
select is(pg_temp.period(at), period, 'month by month, at ' || at)
from (values ('2026-10-24 23:59Z', '2026-09-25T00:00 2026-10-25T00:00'),
	('2026-10-25 00:00Z', '2026-10-25T00:00 2026-11-25T01:00'),
	('2026-10-25 01:30Z', '2026-10-25T00:00 2026-11-25T01:00'))
    v (at, period);
select pg_temp.plan('America/Santiago', '2026-09-06') \g /dev/null
select is(pg_temp.period('2026-09-06 04:00Z'),
    '2026-09-06T04:00 2026-10-06T03:00',
    'one that began where midnight is left out goes on at midnight');
select pg_temp.plan('America/Santiago', '2026-08-06') \g /dev/null
select is(pg_temp.period('2026-09-06 03:59Z'),
    '2026-08-06T04:00 2026-09-06T04:00', 'or ends with the day before');
delete from public.subscriptions;
select pg_temp.zone('America/Havana') \g /dev/null
select is(pg_temp.period(at), period, 'the month of Havana, at ' || at)
from (values ('2020-11-01 03:59Z', '2020-10-01T04:00 2020-11-01T04:00'),
	('2020-11-01 04:30Z', '2020-11-01T04:00 2020-12-01T05:00'),
	('2020-11-01 05:30Z', '2020-11-01T04:00 2020-12-01T05:00'))
    v (at, period);
-- What was written as an instant stands, also one of the second midnight.
select pg_temp.plan('Atlantic/Azores', '2026-09-25', '2026-10-25T01:00Z')
\g /dev/null
select is(pg_temp.period(at), period, 'an end by instant, at ' || at)
from (values ('2026-10-25 00:30Z', '2026-09-25T00:00 2026-10-25T01:00'),
	('2026-10-25 01:00Z', '2026-10-25T01:00 2026-11-25T01:00'))
    v (at, period);

-- Each moment lies in its period, and the next one begins where it ends.
create function pg_temp.periods(zone text, first text, around timestamptz)
returns table (at timestamptz, period_start timestamptz, period_end timestamptz)
language plpgsql as $$
begin
	perform pg_temp.plan(zone, first);
	return query select g, p.* from generate_series(
	    around - interval '3 hours', around + interval '3 hours',
	    '15 minutes') g, callward.current_period('user_a', g) p;
end $$;
create temporary table moments as
select * from (values
	('Atlantic/Azores', '2026-08-25', timestamptz '2026-10-25 00:00Z'),
	('Atlantic/Azores', '2026-10-25', '2026-10-25 00:00Z'),
	('America/Havana', '2026-07-31', '2026-11-01 04:00Z'),
	('America/Havana', '2027-10-07', '2027-11-07 04:00Z'),
	('America/New_York', '2026-10-01T05:30:00Z', '2026-11-01 05:00Z'),
	('America/Nuuk', '2026-09-24', '2026-10-25 00:00Z'),
	('America/Santiago', '2026-12-06', '2026-09-06 04:00Z'),
	('America/Santiago', '2027-03-04', '2027-04-04 03:00Z'))
    v (zone, first, around), lateral pg_temp.periods(zone, first, around);
select is_empty($$ select * from moments
    where at < period_start or at >= period_end $$,
    'each moment lies in its period');
select is_empty($$ select * from (
	select *, lead(period_start) over (partition by zone, first
	    order by at) as next
	from moments) m
    where next not in (period_start, period_end) $$,
    'which the next one follows at once');

select * from finish();
rollback;

-- Days that are counted once: the figures are the same before, between and
-- after, whatever changes meanwhile, and whoever changes it.
begin;
set search_path = tap, public;
select plan(32);
select tap.scenario();
set local timezone = 'Asia/Tokyo';

-- Calls of six weeks that end today, of both clinics, day by day another mix.
insert into public.calls (user_id, caller_phone_number, assistant_phone_number,
    status, ended_reason, duration_seconds, after_hours, is_test,
    structured_data, success_evaluation, cost_usd, details, created_at)
select case when i % 7 = 0 then 'user_b' else 'user_a' end, '+15550000001',
    '+15559999999',
    (array['completed', 'no-answer', 'busy', 'failed', 'canceled',
	'in-progress', 'forwarding', 'ringing'])[1 + i % 8],
    case when i % 13 = 0 then 'callward-used-up' end,
    case when i % 5 > 0 then i % 300 end, i % 3 = 0, i % 11 = 0,
    jsonb_build_object('intent', (array['booking', 'billing', null])[1 + i % 3]),
    (array['true', 'false', null])[1 + i % 3], i % 90 / 100.0,
    case when i % 17 = 0 then '{"transfers": [{"status": "busy"}]}'::jsonb end,
    date_trunc('hour', now()) - i * interval '37 minutes'
from generate_series(1, 1600) i;

create function pg_temp.be(role text, who text) returns void
language plpgsql as $$
begin
	perform set_config('role', 'none', true);
	perform set_config('request.jwt.claims', case when who is not null
	    then json_build_object('sub', who)::text else '' end, true);
	perform set_config('role', role, true);
end $$;
-- The figures of some days, as a clinic reads them; and from the calls alone,
-- without any day that is counted.
create function pg_temp.figures(who text, zone text, days integer,
    until timestamptz default now())
returns text language plpgsql as $$
declare
	a record;
	use record;
begin
	perform pg_temp.be('callward_tenant', who);
	select * into a from callward.analytics(
	    until - make_interval(days => days), until, zone, null, null, 30);
	select callward.used_seconds(who, until - make_interval(days => days),
	        until) as used, callward.calls_between(who,
	        until - make_interval(days => days), until) as calls into use;
	perform set_config('role', 'none', true);
	return a.outcome || a.answer::text || use::text;
end $$;
create function pg_temp.plain(who text, zone text, days integer,
    until timestamptz default now())
returns text language plpgsql as $$
declare
	answer text;
begin
	begin
		delete from public.call_days;
		answer := pg_temp.figures(who, zone, days, until);
		raise exception using errcode = 'TAP00';
	exception when sqlstate 'TAP00' then
		return answer;
	end;
end $$;
create function pg_temp.count_days(who text) returns date
language plpgsql as $$
declare
	answer date;
begin
	perform pg_temp.be('callward_tenant', who);
	loop
		answer := callward.tenant_count_days(coalesce(answer,
		    (now() - interval '70 days')::date), now()::date + 7);
		exit when answer is null;
	end loop;
	perform set_config('role', 'none', true);
	return answer;
end $$;
create function pg_temp.stale() returns bigint language sql as
$$ select count(*) from public.call_days where is_stale $$;
create temporary table periods as
select * from (values ('UTC', 30), ('America/New_York', 30),
    ('Asia/Kathmandu', 9), ('Australia/Lord_Howe', 20), ('Asia/Tokyo', 1))
    p (zone, days);

-- Nothing is written on the way of a call of today.
delete from public.call_days;
insert into public.calls (user_id, caller_phone_number, assistant_phone_number,
    status)
values ('user_a', '+15550000002', '+15559999999', 'ringing');
update public.calls set status = 'completed', duration_seconds = 5
where caller_phone_number = '+15550000002';
select is_empty('select from public.call_days',
    'a call of today touches no day');

select pg_temp.be('callward_tenant', 'user_a') \g /dev/null
select ok(count_since < count_until - 25 and count_until
    = ((now() - interval '2 hours') at time zone 'UTC')::date,
    'the answer tells which days are to be counted')
from callward.analytics(null, null, 'UTC', null, null, 30);
reset role;

select is(pg_temp.count_days('user_a'), null, 'all days are counted');
select is_empty($$ select from public.call_days
    where user_id <> 'user_a' or is_stale
        or day >= ((now() - interval '2 hours') at time zone 'UTC')::date $$,
    'those of the clinic that asked, as far as they are over');
select is((select count(*) from public.call_days),
    (((now() - interval '2 hours') at time zone 'UTC')::date
    - (now() - interval '70 days')::date)::bigint, 'each of them');
select is(pg_temp.figures('user_a', zone, days),
    pg_temp.plain('user_a', zone, days),
    format('%s days of %s: as from the calls', days, zone))
from periods;
select is(pg_temp.figures('user_a', 'Asia/Kathmandu', 5,
	now() - interval '9 days'),
    pg_temp.plain('user_a', 'Asia/Kathmandu', 5, now() - interval '9 days'),
    'a period that ended');
select is(pg_temp.figures('user_b', 'UTC', 30),
    pg_temp.plain('user_b', 'UTC', 30), 'the other clinic''s');
select isnt(pg_temp.figures('user_a', 'UTC', 30),
    pg_temp.figures('user_b', 'UTC', 30), 'which are others');

-- What a counted day holds is really read: one that lies is believed.
select pg_temp.figures('user_a', 'UTC', 30) as honest \gset
update public.call_days set after_hours = after_hours + 1000;
select isnt(pg_temp.figures('user_a', 'UTC', 30), :'honest',
    'the figures come from the counted days');
update public.call_days set after_hours = after_hours - 1000;

-- Who changes a call of a counted day marks that day.
create temporary table old as
select id, created_at, (created_at at time zone 'UTC')::date as day
from public.calls
where user_id = 'user_a' and created_at < now() - interval '5 days'
    and status <> 'completed' and not is_test
    and ended_reason is null
order by created_at desc limit 1;
create function pg_temp.changes(what text, set_ text) returns setof text
language plpgsql as $$
declare
	before text := pg_temp.figures('user_a', 'UTC', 30);
begin
	perform pg_temp.count_days('user_a');
	perform pg_temp.be('callward_writer', 'user_a');
	execute 'update public.calls set ' || set_
	    || ' where id = (select id from pg_temp.old)';
	perform set_config('role', 'none', true);
	return next is((select array_agg(day) from public.call_days
	    where is_stale), (select array_agg(day) from pg_temp.old),
	    what || ' marks the day of its call');
	return next ok(pg_temp.figures('user_a', 'UTC', 30)
	        = pg_temp.plain('user_a', 'UTC', 30)
	    and pg_temp.figures('user_a', 'UTC', 30) <> before,
	    what || ' is in the figures at once');
end $$;
grant select on old to callward_writer;
select pg_temp.changes('a late report',
    'status = ''completed'', duration_seconds = 777, cost_usd = 1.5');
select pg_temp.changes('an intent',
    'structured_data = ''{"intent": "refill"}''');
select pg_temp.changes('an evaluation', 'success_evaluation = ''excellent''');
select pg_temp.count_days('user_a') \g /dev/null
update public.calls set tags = '{vip}' where id = (select id from old);
select is(pg_temp.stale(), 0::bigint, 'a tag marks nothing');
update public.calls set is_test = true where id = (select id from old);
select is(pg_temp.figures('user_a', 'UTC', 30),
    pg_temp.plain('user_a', 'UTC', 30), 'a call becomes a test');
select pg_temp.count_days('user_a') \g /dev/null
update public.calls set created_at = created_at - interval '2 days'
where id = (select id from old);
select is(pg_temp.stale(), 2::bigint, 'a call that moves marks two days');
select pg_temp.count_days('user_a') \g /dev/null
delete from public.calls where id = (select id from old);
select is(pg_temp.stale(), 1::bigint, 'a call that is taken away marks one');
select is(pg_temp.figures('user_a', 'UTC', 30),
    pg_temp.plain('user_a', 'UTC', 30), 'and is in no figure');

-- Little is counted at a time, and the rest told.
delete from public.call_days;
select pg_temp.be('callward_tenant', 'user_a') \g /dev/null
select isnt(callward.tenant_count_days('2001-01-01', now()::date), null,
    'many days are not counted at once');
reset role;
select cmp_ok(count(*), '<', 60::bigint, 'but some of them')
from public.call_days;

-- Who counts a day waits for who changes a call of it, and the other way round.
create extension dblink schema tap;
select dblink_connect('other', format('host=%s port=%s dbname=%s user=%s',
    current_setting('unix_socket_directories'), current_setting('port'),
    current_database(), current_user)) \g /dev/null
select dblink_exec('other', 'set lock_timeout = ''50ms''') \g /dev/null
select dblink_exec('other', 'begin') \g /dev/null
select * from dblink('other', 'select callward.mark_day(''user_c'',
    now() - interval ''5 days'')::text') as t (nothing text) \g /dev/null
set local lock_timeout = '50ms';
select throws_ok($$ select pg_temp.count_days('user_c') $$, '55P03', null,
    'who counts waits for who changes a call of that day');
set local lock_timeout = 0;
select dblink_exec('other', 'rollback') \g /dev/null
select pg_temp.count_days('user_c') \g /dev/null
select throws_ok($$ select * from dblink('other',
    'select callward.mark_day(''user_c'', now() - interval ''5 days'')::text')
    as t (nothing text) $$, '55P03', null,
    'and is waited for');

-- Reports come late by the thousand: those who mark one day do not wait for
-- each other. Each of these sessions commits by itself.
create function pg_temp.mark(session text) returns text language sql as $$
	select nothing from dblink(session, 'select callward.mark_day('
	    '''user_c'', now() - interval ''800 days'')::text') t (nothing text)
$$;
select dblink_connect('third', format('host=%s port=%s dbname=%s user=%s',
    current_setting('unix_socket_directories'), current_setting('port'),
    current_database(), current_user)) \g /dev/null
select dblink_exec('third', 'set lock_timeout = ''50ms''') \g /dev/null
select pg_temp.mark('other') \g /dev/null
select dblink_exec('other', 'begin') \g /dev/null
select pg_temp.mark('other') \g /dev/null
select lives_ok($$ select pg_temp.mark('third') $$,
    'who marks a day waits for nobody else who does');
select dblink_exec('other', 'rollback') \g /dev/null
select dblink_exec('third', 'delete from public.call_days') \g /dev/null
select dblink_disconnect('third') \g /dev/null
select dblink_disconnect('other') \g /dev/null

select throws_ok($$ set local role callward_tenant;
    update public.call_days set calls = 1 $$, '42501', null,
    'a clinic cannot write its days');
reset role;
set local client_min_messages = warning;
truncate public.calls cascade;
select is_empty('select from public.call_days', 'no calls, no days');
select * from finish();
rollback;

-- A call reads its clinic's settings from one row. The first call makes the row,
-- and it is made again after every change, by whomever, and when hours begin or
-- end.
begin;
set search_path = tap, public;
\set subscribe `LC_ALL=C awk -v part=text -f :'top'/sql/statements.awk :'top'/sql/statements/operator_subscription_set.sql`
select plan(64);
select tap.scenario();

create function pg_temp.open(call integer, sender text default '+15551111111')
returns callward.opening language sql as $$
	select (tap.door(format('open_call(%L, %L, %L, %L, %L, null, null,'
	    ' null, 0, 0)', tap.u(call), tap.sid(call), sender, '+15559999999',
	    '+15559999999'))::callward.opening)
$$;
-- What the next call meets.
create sequence pg_temp.nth;
create function pg_temp.meets() returns text language sql as $$
	select concat_ws(' ', o.verdict, o.vapi_assistant_id, o.greeting,
	    o.language, o.clinic_name, o.fallback, o.message_language,
	    o.after_hours_message, o.after_hours, o.capped)
	from pg_temp.open(nextval('pg_temp.nth')::integer) o
$$;
-- As somebody, and it stays.
create function pg_temp.be(role text, statement text,
    who text default 'user_a') returns text language plpgsql as $$
declare
	claims constant text := json_build_object('sub', who, 'callward_role',
	    'owner')::text;
	told text;
begin
	perform set_config('request.jwt.claims', claims, true);
	perform set_config('role', role, true);
	if statement ~ '^select' then
		execute statement into told;
	else
		execute statement;
	end if;
	perform set_config('role', 'none', true);
	if current_setting('request.jwt.claims') <> claims then
		raise exception 'left behind: %',
		    current_setting('request.jwt.claims');
	end if;
	return told;
end $$;
create function pg_temp.holds(number integer default 801) returns boolean
language sql as $$
	select valid_until > now() from public.prepared_settings
	where phone_number_id = tap.u(number)
$$;

-- The row.
select is(pg_temp.holds(), false, 'a number has a row, which holds nothing');
select is(pg_temp.meets(), 'new vapi-a +15557770001 f f', 'a call makes it');
select is(pg_temp.holds(), true, 'and it holds');
select is(pg_temp.holds(802), false, 'of no other number');
update public.prepared_settings set greeting = 'Kept'
where phone_number_id = tap.u(801);
select is(pg_temp.meets(), 'new vapi-a Kept +15557770001 f f',
    'the next call reads it');
update public.prepared_settings set valid_until = clock_timestamp();
select is(pg_temp.meets(), 'new vapi-a +15557770001 f f',
    'until its time is over');
update public.prepared_settings set valid_from = now() + interval '1 day',
    greeting = 'Kept', valid_until = 'infinity';
select is(pg_temp.meets(), 'new vapi-a +15557770001 f f', 'and not before');
select is(greeting, 'Kept', 'for an earlier moment nothing is kept')
from public.prepared_settings where phone_number_id = tap.u(801);
update public.prepared_settings set valid_from = '-infinity',
    valid_until = '-infinity';

-- Each setting, changed by each who may, is what the next call meets.
create temporary table changes (nth serial, role text, statement text,
    meets text);
insert into changes (role, statement, meets) values
    ('callward_tenant', $$select outcome from callward.save_assistant(tap.u(901),
	'{"greeting": "Hola", "language": "es"}')$$,
	'new vapi-a Hola es +15557770001 f f'),
    ('callward_tenant', $$update public.assistants set greeting = 'Hi'$$,
	'new vapi-a Hi es +15557770001 f f'),
    ('callward_writer', $$update public.assistants
	set vapi_assistant_id = 'vapi-x'$$,
	'new vapi-x Hi es +15557770001 f f'),
    ('callward_tenant', $$select outcome from callward.change_me(
	'{"name": "Praxis", "language": "fr"}')$$,
	'new vapi-x Hi es Praxis +15557770001 f f'),
    ('callward_tenant', $$update public.clinic_settings set name = 'Clinic'$$,
	'new vapi-x Hi es Clinic +15557770001 f f'),
    ('callward_tenant', $$select outcome from callward.save_number(tap.u(801),
	'{"fallback_number": "+15557770002"}')$$,
	'new vapi-x Hi es Clinic +15557770002 f f'),
    ('callward_tenant', $$update public.phone_numbers
	set fallback_number = '+15557770003'$$,
	'new vapi-x Hi es Clinic +15557770003 f f'),
    ('callward_writer', $$update public.phone_numbers
	set vapi_assistant_id = 'vapi-own'$$,
	'new vapi-own Hi es Clinic +15557770003 f f'),
    ('operator', $$insert into callward.assistant_numbers (phone_number)
	values ('+15557770003')$$, 'new vapi-own Hi es Clinic f f'),
    ('operator', $$delete from callward.assistant_numbers
	where phone_number = '+15557770003'$$,
	'new vapi-own Hi es Clinic +15557770003 f f'),
    ('callward_tenant', $$select outcome from callward.change_me(
	'{"closed_action": "message", "after_hours_message": "Zu"}')$$,
	'new vapi-own Hi es Clinic +15557770003 f f'),
    ('callward_tenant', $$select outcome from callward.replace_hours((select
	jsonb_agg(jsonb_build_object('day_of_week', d, 'is_closed', true))
	from generate_series(0, 6) d))$$,
	'closed vapi-own Hi es Clinic +15557770003 es Zu t'),
    ('callward_tenant', $$update public.working_hours
	set is_closed = false$$,
	'new vapi-own Hi es Clinic +15557770003 f f'),
    ('callward_tenant', $$insert into public.working_hours
	(specific_date, date_end, is_closed)
	values (current_date - 1, current_date + 1, true)$$,
	'closed vapi-own Hi es Clinic +15557770003 es Zu t'),
    ('callward_tenant', $$delete from public.working_hours
	where specific_date is not null$$,
	'new vapi-own Hi es Clinic +15557770003 f f'),
    ('callward_tenant', $$select outcome from callward.save_hours(null,
	jsonb_build_object('specific_date', current_date - 1, 'date_end',
	current_date + 1, 'is_closed', true))$$,
	'closed vapi-own Hi es Clinic +15557770003 es Zu t'),
    ('callward_tenant', $$select outcome from callward.remove_hours((select id
	from public.working_hours where specific_date is not null))$$,
	'new vapi-own Hi es Clinic +15557770003 f f'),
    ('callward_tenant', $$update public.clinic_settings
	set open_action = 'fallback'$$,
	'forward vapi-own Hi es Clinic +15557770003 f f'),
    ('callward_writer', $$insert into public.subscriptions (user_id, plan,
	included_seconds) values ('user_a', 'Small', 0)$$,
	'forward vapi-own Hi es Clinic +15557770003 f t'),
    ('callward_tenant', $$select outcome from callward.change_me(
	'{"open_action": "assistant"}')$$,
	'capped vapi-own Hi es Clinic +15557770003 f t'),
    ('callward_writer', $$update public.subscriptions
	set included_seconds = 1$$,
	'new vapi-own Hi es Clinic +15557770003 f f'),
    ('callward_writer', $$update public.subscriptions
	set cap_behaviour = 'overage', included_seconds = 0$$,
	'new vapi-own Hi es Clinic +15557770003 f f'),
    ('callward_tenant', $$update public.phone_numbers set assistant_id = null$$,
	'new vapi-own Clinic +15557770003 f f'),
    ('callward_tenant', $$update public.phone_numbers
	set assistant_id = tap.u(901)$$,
	'new vapi-own Hi es Clinic +15557770003 f f'),
    ('callward_tenant', $$select outcome from callward.remove_assistant(
	tap.u(901))$$, 'new vapi-own Clinic +15557770003 f f'),
    -- and by who is no tenant: Supabase's service_role, or a restore
    ('none', $$update public.clinic_settings set name = 'All'$$,
	'new vapi-own All +15557770003 f f'),
    ('none', $$delete from public.clinic_settings$$,
	'new vapi-own +15557770003 f f');
create function pg_temp.after_change(c changes) returns text
language plpgsql as $$
begin
	perform pg_temp.be(c.role, c.statement);
	return pg_temp.meets();
end $$;
select is(pg_temp.after_change(c), c.meets, c.role || ': ' || regexp_replace(
    c.statement, '\s+', ' ', 'g')) from changes c order by nth;

-- A clinic's change is its own.
select pg_temp.open(500, '+15552222222') \g /dev/null
select pg_temp.meets() \g /dev/null
select pg_temp.be('callward_tenant', 'insert into public.clinic_settings (name)
    values (''A'')') \g /dev/null
select is(pg_temp.holds() || ' ' || pg_temp.holds(802), 'false true',
    'what A changes ends A''s row, and no other');
select is(tap.outcome('callward_tenant', '{"sub":"user_a"}',
    'select from public.prepared_settings'), 'denied', 'nobody reads it');
select throws_ok($$ select pg_temp.be('callward_writer', 'insert into'
    ' public.prepared_settings (user_id, phone_number_id) values (''user_a'','
    ' tap.u(802))') $$, '23503', null, 'nor has one of another''s number');
insert into public.phone_numbers (id, user_id, phone_number, status)
values (tap.u(803), 'user_a', '+15551110000', 'active');
select is(pg_temp.holds(803), false, 'a new number has its row');
delete from public.phone_numbers where id = tap.u(803);
select is(pg_temp.holds(803), null, 'which goes with it');

-- As long as a row holds, the clinic is open, or closed, all the time: by the
-- quarter of an hour, around changes of clocks.
create temporary table instants (zone text, at timestamptz, open boolean,
    after_hours boolean, valid_until timestamptz);
create function pg_temp.look(zone text, around timestamptz) returns void
language plpgsql as $$
begin
	delete from public.clinic_settings where user_id = 'user_a';
	insert into public.clinic_settings (user_id, timezone)
	values ('user_a', zone);
	insert into instants
	select zone, at, callward.is_open('user_a', tap.u(801), at),
	    s.after_hours, s.valid_until
	from generate_series(around - interval '26 hours',
	    around + interval '26 hours', '15 minutes') at,
	    callward.settings_at('user_a', tap.u(801), at) s;
end $$;
delete from public.working_hours where user_id = 'user_a';
insert into public.working_hours (user_id, day_of_week, open_time, close_time)
select 'user_a', d, opens::time, closes::time
from generate_series(0, 6) d, (values ('00:00', '00:45'), ('01:30', '02:30'),
    ('09:00', '12:30'), ('22:00', '24:00')) v (opens, closes);
select pg_temp.look(zone, at) from (values
    ('America/New_York', timestamptz '2026-03-08 07:00Z'),
    ('America/New_York', '2026-11-01 06:00Z'),
    ('Atlantic/Azores', '2026-10-25 01:00Z'),
    ('Atlantic/Azores', '2026-03-29 01:00Z'),
    ('America/Santiago', '2026-09-06 04:00Z'),
    ('Australia/Lord_Howe', '2026-04-04 15:00Z'),
    ('Asia/Kolkata', '2026-06-01 00:00Z')) v (zone, at) \g /dev/null
select is_empty($$ select zone, a.at, b.at from instants a join instants b
    using (zone) where b.at >= a.at and b.at < a.valid_until
    and b.at < a.at + interval '24 hours'
    and b.open = a.after_hours $$, 'while a row holds, nothing changes');
select is_empty('select * from instants where valid_until <= at',
    'each holds for a while');
select cmp_ok(count(*) filter (where valid_until - at < interval '15 minutes'),
    '<', count(*) / 4, 'and mostly until the hours say something else')
from instants;
select is(valid_until, '2026-06-01 03:30Z', 'as until nine o''clock there')
from instants where zone = 'Asia/Kolkata' and at = '2026-05-31 22:00Z';
select is((callward.settings_at('user_a', tap.u(801), '2026-05-31 19:30Z'))
    .valid_until, '2026-05-31 20:00Z', 'or half past one');
delete from public.working_hours where user_id = 'user_a';
select is((callward.settings_at('user_a', tap.u(801), now())).valid_until,
    'infinity', 'without hours nothing strikes');

-- A plan's period ends.
delete from public.subscriptions;
insert into public.subscriptions (user_id, plan, included_seconds,
    current_period_start, current_period_end)
values ('user_a', 'x', 60, now() - interval '1 month',
    now() + interval '1 hour');
select is((callward.settings_at('user_a', tap.u(801), now())).valid_until,
    now() + interval '1 hour', 'it holds until the period is over');
insert into public.calls (user_id, duration_seconds, caller_phone_number,
    assistant_phone_number, created_at)
values ('user_a', 60, 'x', 'y', now() - interval '1 day');
select is((pg_temp.open(501)).verdict, 'capped', 'what is used is counted then');
insert into callward.call_answers (call_sid, sender, call_id, opened_at)
values (tap.sid(502), '+15551111111', tap.u(502), now() + interval '2 hours');
select is((pg_temp.open(502)).verdict, 'new', 'and anew in the next');

-- Past the triggers.
create function pg_temp.wrong(mend boolean) returns bigint language sql as
$$ select callward.wrong_settings(mend) $$;
select pg_temp.open(503), pg_temp.open(504, '+15552222222') \g /dev/null
select is(pg_temp.wrong(false), 0::bigint, 'all is as it was set');
set local session_replication_role = replica;
update public.assistants set greeting = 'Past' where id = tap.u(902);
delete from public.prepared_settings where phone_number_id = tap.u(801);
set local session_replication_role = origin;
select is(pg_temp.wrong(false), 1::bigint, 'what is not is told');
select is((pg_temp.open(505)).verdict, 'capped',
    'a call does without a row that is missing');
select is((pg_temp.open(506, '+15552222222')).greeting, null, 'one that is');
select is(pg_temp.wrong(true), 1::bigint, 'it is mended');
select is((pg_temp.open(507, '+15552222222')).greeting, 'Past',
    'the next call meets what is set');
select is(pg_temp.holds(), false, 'and a row that was missing is there');
select is(pg_temp.wrong(false), 0::bigint, 'all is well again');

-- Two sessions at once, in a clinic of their own, which is taken away behind.
create extension dblink schema tap;
select dblink_connect(who, format('host=%s port=%s dbname=%s user=%s',
    current_setting('unix_socket_directories'), current_setting('port'),
    current_database(), current_user))
from unnest('{one,two}'::text[]) who \g /dev/null
create function pg_temp.does(who text, variadic statements text[])
returns void language plpgsql as $$
declare
	statement text;
begin
	foreach statement in array statements loop
		perform dblink_exec(who, statement);
	end loop;
end $$;
-- The name and the verdict that the next call meets there.
create function pg_temp.says(who text) returns text language sql as $$
	select told
	from (select nextval('pg_temp.nth')::integer + 2000 offset 0) i (n),
	    dblink(who, format('select concat_ws('' '', clinic_name, verdict)'
	    ' from callward.open_call(%L, %L, %L, %L, null, null, null, null, 0,'
	    ' 0)', tap.u(n), tap.sid(n), '+15550002222', '+15550003333'))
	    t (told text)
$$;
create function pg_temp.kept() returns boolean language sql as $$
	select kept from dblink('two', 'select valid_until > now()'
	    ' from public.prepared_settings where user_id = ''user_two''')
	    t (kept boolean)
$$;
-- A statement of one waits for two, which then ends its transaction.
create function pg_temp.meanwhile(statement text) returns void
language plpgsql as $$
declare
	tries integer := 0;
begin
	perform dblink_send_query('one', statement);
	while not exists (select from dblink('two', 'select 1 from pg_locks'
	    ' where locktype = ''advisory'' and not granted') t (n integer))
	    and tries < 6000 loop
		perform pg_sleep(0.01);
		tries := tries + 1;
	end loop;
	perform dblink_exec('two', 'commit');
	perform * from dblink_get_result('one') t (told text);
	perform * from dblink_get_result('one') t (told text);
end $$;
\set expire 'update public.prepared_settings set valid_until = ''-infinity'' where user_id = ''user_two'''
select pg_temp.does('one', 'insert into callward.assistant_numbers'
    ' (phone_number) values (''+15550003333'')', 'insert into'
    ' public.phone_numbers (user_id, phone_number, status) values (''user_two'','
    ' ''+15550002222'', ''active'')', 'insert into public.clinic_settings'
    ' (user_id, name) values (''user_two'', ''Old'')') \g /dev/null
select is(pg_temp.says('two'), 'Old new', 'two: a call keeps what is set');
select pg_temp.does('two', :'expire') \g /dev/null
select pg_temp.does('one', 'begin', 'update public.clinic_settings set'
    ' name = ''New'' where user_id = ''user_two''') \g /dev/null
select is(pg_temp.says('two') || ' ' || pg_temp.kept(), 'Old new false',
    'two: while somebody changes it, it is used and not kept');
select pg_temp.does('one', 'commit') \g /dev/null
select is(pg_temp.says('two') || ' ' || pg_temp.kept(), 'New new true',
    'two: then the new one is');
select pg_temp.does('two', :'expire', 'begin') \g /dev/null
select is(pg_temp.says('two'), 'New new', 'two: a call that is not committed');
select pg_temp.meanwhile('update public.clinic_settings set name = ''Newer'''
    ' where user_id = ''user_two''') \g /dev/null
select is(pg_temp.kept(), false, 'two: what it kept ends with the change');
select is(pg_temp.says('two'), 'Newer new', 'two: which the next one meets');
select pg_temp.does('two', 'begin', 'update public.clinic_settings set'
    ' name = ''Last'', closed_action = ''message'''
    ' where user_id = ''user_two''') \g /dev/null
select pg_temp.meanwhile('insert into public.working_hours (user_id,'
    ' specific_date, date_end, is_closed) values (''user_two'','
    ' current_date - 1, current_date + 1, true)') \g /dev/null
select is(pg_temp.says('two'), 'Last closed', 'two: and both of two changes');
select pg_temp.does('one', 'set session_replication_role = replica') \g /dev/null
select pg_temp.does('one', format('delete from public.%I where user_id ='
    ' ''user_two''', tab)) from unnest('{calls,working_hours,clinic_settings,
    prepared_settings,phone_numbers,call_days}'::text[]) tab \g /dev/null
select pg_temp.does('one', 'delete from callward.routes where'
    ' user_id = ''user_two''', 'delete from callward.call_answers where'
    ' sender = ''+15550002222''', 'delete from callward.assistant_numbers'
    ' where phone_number = ''+15550003333''')
\g /dev/null
select dblink_disconnect(who) from unnest('{one,two}'::text[]) who \g /dev/null

select * from finish();
rollback;

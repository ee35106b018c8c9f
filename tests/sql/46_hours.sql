-- Opening hours and plans: what is open when, what is used up, and what an
-- arriving call meets then.
begin;
set search_path = tap, public;
set local timezone = 'Asia/Tokyo';
select plan(104);
select tap.scenario();
insert into public.phone_numbers (id, user_id, phone_number, status)
values (tap.u(803), 'user_a', '+15551110000', 'active');

-- Is user_a open at that moment? As the tenant's policies let it see.
create function pg_temp.at(moment text, number integer default 801,
    who text default 'user_a')
returns boolean language plpgsql as $$
declare
	answer boolean;
begin
	perform set_config('request.jwt.claims',
	    json_build_object('sub', who)::text, true);
	perform set_config('role', 'callward_tenant', true);
	answer := callward.is_open(who, tap.u(number), moment::timestamptz);
	perform set_config('role', 'none', true);
	return answer;
end $$;
create function pg_temp.zone(zone text) returns void language sql as $$
	delete from public.clinic_settings where user_id = 'user_a';
	insert into public.clinic_settings (user_id, timezone)
	values ('user_a', zone);
$$;
create function pg_temp.week(day integer, opens time, closes time,
    closed boolean default false, number integer default null)
returns void language sql as $$
	insert into public.working_hours (user_id, phone_number_id, day_of_week,
	    open_time, close_time, is_closed)
	values ('user_a', tap.u(number), day, opens, closes, closed)
$$;
create function pg_temp.special(day date, until date, opens time, closes time,
    closed boolean default false, number integer default null)
returns void language sql as $$
	insert into public.working_hours (user_id, phone_number_id,
	    specific_date, date_end, open_time, close_time, is_closed)
	values ('user_a', tap.u(number), day, until, opens, closes, closed)
$$;

-- Nothing said.
select is(pg_temp.at('2026-03-08 03:00Z'), true, 'no rows at all: open');
insert into public.working_hours (user_id) values ('user_a');
select is(pg_temp.at('2026-03-08 03:00Z'), true,
    'a row that tells no hours is none');
insert into public.working_hours (user_id, day_of_week, is_closed)
select 'user_b', d, true from generate_series(0, 6) d;
select is(pg_temp.at('2026-03-08 03:00Z'), true,
    'another clinic''s hours are not ours');
select is(pg_temp.at('2026-03-08 03:00Z', 802, 'user_b'), false,
    'and close that clinic');

-- A week with lunch, in New York.
select pg_temp.zone('America/New_York') \g /dev/null
select pg_temp.week(d, '09:00', '12:30') from generate_series(1, 5) d
\g /dev/null
select pg_temp.week(d, '13:30', '17:00') from generate_series(1, 5) d
\g /dev/null
select is(pg_temp.at(t), open, t || ' in winter')
from (values
	('2026-01-12 08:59:59 EST', false), ('2026-01-12 09:00 EST', true),
	('2026-01-12 12:29:59 EST', true), ('2026-01-12 12:30 EST', false),
	('2026-01-12 13:29 EST', false), ('2026-01-12 13:30 EST', true),
	('2026-01-12 16:59:59.999 EST', true), ('2026-01-12 17:00 EST', false),
	('2026-01-11 10:00 EST', false), ('2026-01-16 10:00 EST', true),
	('2026-01-17 10:00 EST', false), ('2026-01-13 02:00Z', false),
	('2026-01-12 14:00Z', true)) as v (t, open);
select is(pg_temp.at(t), open, t || ': the wall clock in summer')
from (values ('2026-07-13 12:59Z', false), ('2026-07-13 13:00Z', true),
	('2026-07-13 20:59Z', true), ('2026-07-13 21:00Z', false))
    as v (t, open);

-- The clocks change on Sundays: 2026-03-08 02:00 EST to 03:00 EDT, and
-- 2026-11-01 02:00 EDT to 01:00 EST.
select pg_temp.week(0, '01:30', '02:30') \g /dev/null
select is(pg_temp.at(t), open, t || ': the hour that is left out')
from (values ('2026-03-08 06:29Z', false), ('2026-03-08 06:30Z', true),
	('2026-03-08 06:59:59Z', true), ('2026-03-08 07:00Z', false),
	('2026-03-08 07:30Z', false)) as v (t, open);
select is(pg_temp.at(t), open, t || ': the hour that comes twice')
from (values ('2026-11-01 05:29Z', false), ('2026-11-01 05:30Z', true),
	('2026-11-01 05:59Z', true), ('2026-11-01 06:00Z', false),
	('2026-11-01 06:30Z', true), ('2026-11-01 07:29Z', true),
	('2026-11-01 07:30Z', false)) as v (t, open);
select is(pg_temp.at(t), open, t || ': the Monday after')
from (values ('2026-03-09 12:59Z', false), ('2026-03-09 13:00Z', true),
	('2026-11-02 13:59Z', false), ('2026-11-02 14:00Z', true))
    as v (t, open);

-- Half an hour beside, no change of clocks.
select pg_temp.zone('Asia/Kolkata') \g /dev/null
select is(pg_temp.at(t), open, t || ' in Kolkata')
from (values ('2026-07-13 03:29Z', false), ('2026-07-13 03:30Z', true),
	('2026-07-13 06:59Z', true), ('2026-07-13 07:00Z', false),
	('2026-07-13 11:29Z', true), ('2026-07-13 11:30Z', false),
	('2026-07-11 20:00Z', true)) as v (t, open);

-- Special days and closures, of the clinic's own day.
select pg_temp.zone('America/New_York') \g /dev/null
select pg_temp.special('2026-12-25', null, null, null, true) \g /dev/null
select pg_temp.special('2026-12-28', '2027-01-01', null, null, true)
\g /dev/null
select pg_temp.special('2026-12-24', null, '10:00', '11:00') \g /dev/null
select pg_temp.special('2026-12-26', null, '10:00', '24:00') \g /dev/null
select is(pg_temp.at(t), open, t || ' ' || why)
from (values ('2026-12-25 10:00 EST', false, 'a holiday'),
	('2026-12-25 04:59Z', false, 'is still the 24th'),
	('2026-12-24 09:30 EST', false, 'before a special day''s hours'),
	('2026-12-24 10:30 EST', true, 'within them'),
	('2026-12-24 15:00 EST', false, 'after them, the week''s do not count'),
	('2026-12-26 11:00 EST', true, 'a Saturday that is open'),
	('2026-12-26 23:59:59.9 EST', true, 'until 24:00'),
	('2026-12-27 00:00 EST', false, 'which is no longer'),
	('2026-12-28 10:00 EST', false, 'the first day of a closure'),
	('2026-12-30 10:00 EST', false, 'within'),
	('2027-01-01 10:00 EST', false, 'the last'),
	('2027-01-04 10:00 EST', true, 'after')) as v (t, open, why);
select pg_temp.special('2026-12-30', null, '10:00', '11:00') \g /dev/null
select is(pg_temp.at('2026-12-30 10:30 EST'), false,
    'closed beats an interval of the same kind');

-- A number's own rows.
select pg_temp.week(6, '10:00', '14:00', false, 803) \g /dev/null
select is(pg_temp.at(t, n), open, t || ' ' || why)
from (values
	('2026-01-17 10:00 EST', 803, true, 'the number''s own Saturday'),
	('2026-01-17 10:00 EST', 801, false, 'is no other number''s'),
	('2026-01-12 10:00 EST', 803, false, 'its week replaces the other'),
	('2026-01-12 10:00 EST', 801, true, 'which stands for the rest'),
	('2026-12-26 12:00 EST', 803, true, 'a special day of all is its too'))
    as v (t, n, open, why);
select pg_temp.special('2026-12-26', null, null, null, true, 803) \g /dev/null
select is(pg_temp.at('2026-12-26 12:00 EST', 803), false,
    'but its own comes first');
select is(pg_temp.at('2026-12-26 12:00 EST', 801), true, 'and alone');
select is(pg_temp.at('2026-01-12 10:00 EST', null), true,
    'no number: the rows of all');

-- Always open but for a closure; whole days; a zone that is gone.
delete from public.working_hours where user_id = 'user_a';
select pg_temp.special('2026-12-25', null, null, null, true) \g /dev/null
select is(pg_temp.at('2026-12-25 12:00 EST'), false, 'a closure alone closes');
select is(pg_temp.at('2026-12-26 03:00 EST'), true, 'and leaves the rest open');
select pg_temp.week(1, null, null) \g /dev/null
select is(pg_temp.at('2026-01-12 03:00 EST'), true,
    'a day without times is open');
select is(pg_temp.at('2026-01-13 12:00 EST'), false, 'a day without a row not');
alter table public.clinic_settings disable trigger timezone_known;
update public.clinic_settings set timezone = 'Nowhere/Gone';
select is(pg_temp.at('2026-01-12 00:00Z'), true,
    'a zone that nobody knows is UTC, not an error');
select pg_temp.zone('Europe/Berlin') \g /dev/null
alter table public.clinic_settings enable trigger timezone_known;

-- The period of a plan.
create function pg_temp.period(moment text) returns text language sql as $$
	select to_char(period_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI')
	    || ' ' || to_char(period_end at time zone 'UTC',
	    'YYYY-MM-DD"T"HH24:MI')
	from callward.current_period('user_a', moment::timestamptz)
$$;
create function pg_temp.plan(starts text, ends text) returns void
language sql as $$
	delete from public.subscriptions where user_id = 'user_a';
	insert into public.subscriptions (user_id, plan, current_period_start,
	    current_period_end)
	values ('user_a', 'x', starts::timestamptz, ends::timestamptz)
$$;
select is(pg_temp.period('2026-03-31 21:59Z'),
    '2026-02-28T23:00 2026-03-31T22:00',
    'no subscription: the month of the clinic''s zone');
select is(pg_temp.period('2026-03-31 22:00Z'),
    '2026-03-31T22:00 2026-04-30T22:00', 'and the next');
select pg_temp.plan('2026-01-10 12:00Z', '2026-02-20 12:00Z') \g /dev/null
select is(pg_temp.period('2026-02-20 11:59Z'),
    '2026-01-10T12:00 2026-02-20T12:00', 'as it was written');
select is(pg_temp.period('2026-02-20 12:00Z'),
    '2026-02-20T12:00 2026-03-20T12:00', 'not renewed: a month from there');
select is(pg_temp.period('2027-01-01 00:00Z'),
    '2026-12-20T12:00 2027-01-20T12:00', 'and so on');
select pg_temp.plan('2025-12-31 00:00Z', null) \g /dev/null
select is(pg_temp.period('2026-03-01 12:00Z'),
    '2026-02-28T00:00 2026-03-31T00:00'::text,
    'a begin alone: months from there, the short one cut')
from (select pg_temp.zone('UTC')) z;
select pg_temp.plan(null, '2026-02-20 12:00Z') \g /dev/null
select is(pg_temp.period('2026-02-01 00:00Z'),
    '2026-01-20T12:00 2026-02-20T12:00', 'an end alone: the month before');
select pg_temp.plan(null, '2026-12-20 12:00Z') \g /dev/null
select is(pg_temp.period('2026-02-01 00:00Z'),
    '2026-01-20T12:00 2026-02-20T12:00', 'and an end far off: month by month');
select pg_temp.plan('2026-03-10 12:00Z', '2026-04-10 12:00Z') \g /dev/null
select is(pg_temp.period('2026-02-01 00:00Z'),
    '2026-01-10T12:00 2026-02-10T12:00', 'before a period that is to come');

-- What counts against it.
insert into public.calls (user_id, created_at, duration_seconds, is_test,
    ended_reason, caller_phone_number, assistant_phone_number)
values ('user_a', '2026-02-01', 100, false, 'customer-ended-call', 'x', 'y'),
    ('user_a', '2026-02-02', 20, false, null, 'x', 'y'),
    ('user_a', '2026-02-03', 1000, true, null, 'x', 'y'),
    ('user_a', '2026-02-04', 1000, false, 'callward-forwarded', 'x', 'y'),
    ('user_a', '2026-02-05', null, false, null, 'x', 'y'),
    ('user_b', '2026-02-06', 1000, false, null, 'x', 'y'),
    ('user_a', '2026-01-31', 3, false, null, 'x', 'y'),
    ('user_a', '2026-03-01', 5, false, null, 'x', 'y');
select is(callward.used_seconds('user_a', '2026-02-01', '2026-03-01'),
    120::bigint, 'no tests, none that were forwarded, none outside');
select is(callward.used_seconds('user_c', '2026-02-01', '2026-03-01'),
    0::bigint, 'none is 0');
delete from public.calls;

-- What an arriving call meets. Open and closed are made by rows that hold now.
create function pg_temp.open(call integer, sender text default '+15551111111')
returns callward.opening language sql as $$
	select (tap.door(format('open_call(%L, %L, %L, %L, %L, null, null,'
	    ' null, 0, 0)', tap.u(call), tap.sid(call), sender, '+15559999999',
	    '+15559999999'))::callward.opening)
$$;
create function pg_temp.hours(open boolean) returns void language sql as $$
	delete from public.working_hours where user_id = 'user_a';
	insert into public.working_hours (user_id, day_of_week, is_closed)
	select 'user_a', d, not hours.open from generate_series(0, 6) d
$$;
create function pg_temp.wants(open text, closed text, message text
    default null)
returns void language sql as $$
	delete from public.clinic_settings where user_id = 'user_a';
	insert into public.clinic_settings (user_id, name, language,
	    open_action, closed_action, after_hours_message)
	values ('user_a', 'Praxis A', 'es', wants.open, wants.closed,
	    wants.message)
$$;
create function pg_temp.row_of(call integer) returns text language sql as $$
	select concat_ws(' ', status, ended_reason, after_hours,
	    ended_at is not null) from public.calls where id = tap.u(call)
$$;
create function pg_temp.settle(call integer, reason text) returns text
language sql as $$
	select tap.door(format('settle_call(%L, %L, false, %L, %L, %L)',
	    tap.sid(call), '<Response/>', 'user_a', tap.u(call), reason))
$$;
delete from public.subscriptions;
delete from public.clinic_settings where user_id = 'user_a';
select pg_temp.hours(false) \g /dev/null
select is((pg_temp.open(1)).verdict, 'new',
    'closed, and nothing set: the assistant');
select is(pg_temp.row_of(1), 'initiated t f', 'after hours, it says');
select pg_temp.wants('assistant', 'message', 'Ya cerrado') \g /dev/null
create temporary table o as select * from pg_temp.open(2);
select results_eq('select verdict, after_hours_message, message_language,
    user_id from o', $$ values ('closed', 'Ya cerrado', 'es', 'user_a') $$,
    'closed: the message, in the clinic''s language');
select pg_temp.settle(2, 'callward-after-hours') \g /dev/null
select is(pg_temp.row_of(2), 'no-answer callward-after-hours t t',
    'stored as a call that nobody took');
select is((pg_temp.open(2)).verdict, 'repeat', 'again: the same answer');
update public.assistants set language = 'en-GB', greeting = 'Hi'
where user_id = 'user_a';
select is((pg_temp.open(3)).message_language, 'en-GB',
    'or in the assistant''s');
select pg_temp.wants('assistant', 'fallback') \g /dev/null
select is((pg_temp.open(4)).verdict, 'forward', 'closed: the fallback');
select pg_temp.settle(4, 'callward-forwarded') \g /dev/null
select is(pg_temp.row_of(4), 'forwarding callward-forwarded t f',
    'goes on as a call that was forwarded');
select tap.door(format('apply_status(%L, %L, %L, 30)', tap.sid(4),
    '+15551111111', 'completed')) \g /dev/null
select is(pg_temp.row_of(4), 'completed callward-forwarded t t',
    'and ends by Twilio''s word, for our reason');
select tap.door(format('apply_status(%L, %L, %L, 30)', tap.sid(2),
    '+15551111111', 'completed')) \g /dev/null
select is(pg_temp.row_of(2), 'no-answer callward-after-hours t t',
    'an end of ours stands');
select pg_temp.hours(true) \g /dev/null
truncate o;
insert into o select * from pg_temp.open(5);
select results_eq('select verdict, greeting, language, clinic_name, capped
    from o', $$ values ('new', 'Hi', 'en-GB', 'Praxis A', false) $$,
    'open: the assistant, with what the clinic set');
select pg_temp.wants('fallback', 'message') \g /dev/null
select is((pg_temp.open(6)).verdict, 'forward', 'open: the fallback');
select is(pg_temp.row_of(6), 'initiated f f', 'not after hours');

-- An attempt that is sent again meets what it met, although the hour struck.
select pg_temp.wants('assistant', 'message') \g /dev/null
delete from public.working_hours where user_id = 'user_a';
insert into callward.call_answers (call_sid, sender, call_id, opened_at)
values (tap.sid(7), '+15551111111', tap.u(7),
    clock_timestamp() - interval '1 day');
insert into public.working_hours (user_id, specific_date, is_closed)
values ('user_a', (now() at time zone 'UTC')::date, true);
select is((pg_temp.open(7)).verdict, 'new',
    'the moment is the one of the first attempt');
select is((pg_temp.open(8)).verdict, 'closed', 'a new call is of its own');
delete from public.working_hours where user_id = 'user_a';

-- The plan.
insert into public.subscriptions (user_id, plan, included_seconds)
values ('user_a', 'small', 100);
insert into public.calls (user_id, duration_seconds, caller_phone_number,
    assistant_phone_number)
values ('user_a', 99, 'x', 'y');
select is((pg_temp.open(10)).verdict, 'new', 'a second is left');
update public.calls set duration_seconds = 100 where duration_seconds = 99;
truncate o;
insert into o select * from pg_temp.open(11);
select is(verdict || ' ' || capped || ' ' || fallback,
    'capped true +15557770001', 'used up: the fallback') from o;
select pg_temp.settle(11, 'callward-over-plan') \g /dev/null
select is(pg_temp.row_of(11), 'no-answer callward-over-plan f t',
    'stored as a call that nobody took');
select is((pg_temp.open(12, '+15552222222')).verdict, 'new',
    'another clinic has its own');
select pg_temp.wants('fallback', 'message') \g /dev/null
truncate o;
insert into o select * from pg_temp.open(13);
select is(verdict || ' ' || capped, 'forward true',
    'who wants the fallback gets it without a sentence') from o;
select pg_temp.wants('assistant', 'message') \g /dev/null
update public.subscriptions set cap_behaviour = 'overage';
select is((pg_temp.open(14)).verdict, 'new', 'overage: served on');
update public.subscriptions set cap_behaviour = 'fallback',
    included_seconds = null;
select is((pg_temp.open(15)).verdict, 'new', 'nothing counted: served on');
insert into public.subscriptions (user_id, plan, included_seconds, created_at)
values ('user_a', 'old', 0, now() - interval '1 day');
select is((pg_temp.open(16)).verdict, 'new', 'the newest subscription counts');

select * from finish();
rollback;

-- What messages tell beyond the columns of a call: how it is kept, and what
-- follows from it: who was missed, whose name it is, what it was about.
begin;
set search_path = tap, public;
select plan(57);
select tap.scenario();
insert into public.calls (id, user_id, phone_number_id, caller_phone_number,
    assistant_phone_number, twilio_call_sid, vapi_call_id, status)
select tap.u(i), 'user_a', tap.u(801), '+15551111111', '+15559999999',
    tap.sid(i), 'v' || i, 'in-progress'
from generate_series(1, 9) i;

create function pg_temp.report(i integer, told jsonb, words text default 'AI: Hi',
    data jsonb default null) returns text language sql as $$
	select concat_ws(' ', (f).verdict, (f).reason)
	from (select tap.door(format('apply_event(''user_a'', %L, null, %L,'
	    ' ''+15551111111'', ''+15559999999'', ''{}'', %L, null,'
	    ' ''end-of-call-report'', ''completed'', ''customer-ended-call'', %L,'
	    ' %L, null, null, null, %L, ''\x01'', 1)', tap.u(i), tap.u(801),
	    'v' || i, told, words, data))::callward.filing as f offset 0) one
$$;
create function pg_temp.ended(i integer, seconds integer) returns text
language sql as $$
	select (tap.door(format('apply_status(%L, ''+15551111111'','
	    ' ''completed'', %L)', tap.sid(i), seconds))::callward.filing).verdict
$$;
create function pg_temp.call(i integer) returns public.calls
language sql as $$ select * from public.calls where id = tap.u(i) $$;
create function pg_temp.listed(f text) returns text language plpgsql as $$
declare
	page json;
begin
	perform set_config('role', 'callward_tenant', true);
	perform set_config('request.jwt.claims', '{"sub":"user_a"}', true);
	page := callward.calls_page(most => 50, after_at => null,
	    after_id => null, f => callward.asked_filter(f::jsonb));
	perform set_config('role', 'none', true);
	perform set_config('request.jwt.claims', '', true);
	return (select string_agg(right(c ->> 'id', 1), ',' order by c ->> 'id')
	    from json_array_elements(page -> 'data') c);
end $$;

-- Small values come as one object.
select is(pg_temp.report(1, '{"started_at": "2026-01-01T00:00:00Z",
    "ended_at": "2026-01-01T00:00:15Z", "duration_seconds": 15,
    "recording_url": "https://r", "success_evaluation": "true",
    "cost_usd": 0.023100, "details": {"forwarded_to": "+15557770001"}}'),
    'accepted', 'a report');
select results_eq($$ select duration_seconds, ended_at - started_at,
    recording_url, success_evaluation, cost_usd::text, details::text
    from pg_temp.call(1) $$, $$ values (15, interval '15 seconds',
    'https://r', 'true', '0.023100', '{"forwarded_to": "+15557770001"}') $$,
    'of which each column has its own');
select is(pg_temp.report(1, '{"duration_seconds": 15, "cost_usd": 0.0231,
    "success_evaluation": "true", "details":
    {"forwarded_to": "+15557770001"}}'), 'duplicate', 'the same again');
select is(pg_temp.report(1, '{"details": {"forwarded_to": "+15557770002",
    "recording": "stereo", "transfers": [{"to": "x", "status": "busy"}]}}'),
    'accepted revision', 'a later one that says otherwise');
select is((pg_temp.call(1)).details, '{"forwarded_to": "+15557770001",
    "recording": "stereo", "transfers": [{"to": "x", "status": "busy"}]}',
    'fills what nobody told');
select is((pg_temp.call(1)).revisions -> 0 -> 'values', '{"details":
    {"forwarded_to": "+15557770002"}}', 'and is kept beside for the rest');
select is(pg_temp.report(1, null), 'duplicate', 'a report that tells nothing');
select is((pg_temp.call(1)).duration_seconds, 15, 'erases nothing');

-- Twilio's seconds are those of the whole call.
select is(pg_temp.ended(2, 40), 'accepted', 'Twilio first');
select is(pg_temp.report(2, '{"duration_seconds": 15}'), 'accepted',
    'then the assistant');
select is(pg_temp.report(3, '{"duration_seconds": 15}'), 'accepted',
    'the other way round');
select is(pg_temp.ended(3, 40), 'accepted', 'Twilio behind it');
select is(pg_temp.ended(3, 40), 'duplicate', 'and once more');
select results_eq($$ select duration_seconds, details::text
    from public.calls where id in (tap.u(2), tap.u(3)) $$,
    $$ values (15, '{"call_seconds": 40}'), (15, '{"call_seconds": 40}') $$,
    'both are kept');
select is(pg_temp.ended(4, 40), 'accepted', 'Twilio alone');
select is((pg_temp.call(4)).duration_seconds, 40, 'stands for both');

-- A status tells details before the call is over.
create function pg_temp.forwarding(i integer, called text) returns text
language sql as $$
	select (tap.door(format('apply_event(''user_a'', %L, null, %L,'
	    ' ''+15551111111'', ''+15559999999'', ''{}'', %L, null,'
	    ' ''status-update'', ''forwarding'', null, %L, null, null, null,'
	    ' null, null, ''\x01'', 1)', tap.u(i), tap.u(801), 'v' || i,
	    jsonb_build_object('details', jsonb_build_object('forwarded_to',
	    called))))::callward.filing).verdict
$$;
select is(pg_temp.forwarding(9, '+15557770001'), 'accepted', 'put through');
select is(pg_temp.forwarding(9, '+15557770002'), 'duplicate', 'and again');
select is(pg_temp.forwarding(2, '+15557770001'), 'stale', 'one that is over');
select results_eq($$ select details ->> 'forwarded_to', status
    from public.calls where id in (tap.u(2), tap.u(9)) order by id $$,
    $$ values ('+15557770001', 'completed'), ('+15557770001', 'forwarding') $$,
    'the first stands, and fills what a report left out');
update public.calls set status = 'in-progress', details = null
where id in (tap.u(2), tap.u(9));

-- Missed: by status, or put through in vain each time.
create temporary table cases (status text, told text, missed boolean);
insert into cases values ('completed', null, false), ('in-progress', null,
    false), ('no-answer', null, true), ('busy', null, true), ('failed', null,
    true), ('canceled', null, true),
    ('completed', '[]', false),
    ('completed', '[{"status": "no-answer"}]', true),
    ('completed', '[{"status": "busy"}, {"status": "failed"},
	{"status": "voicemail"}, {"status": "cancelled"}]', true),
    ('completed', '[{"status": "connected"}]', false),
    ('completed', '[{"status": "completed"}]', false),
    ('completed', '[{"status": "busy"}, {"status": "connected"}]', false),
    ('completed', '[{"status": "busy"}, {"status": null}]', false),
    ('completed', '[{"to": "+15557770001"}]', false),
    ('busy', '[{"status": "connected"}]', true);
select is(callward.missed_of(status, jsonb_build_object('transfers',
    told::jsonb)), missed, status || ' ' || coalesce(told, '')) from cases;
select is((pg_temp.call(1)).missed, true, 'the column follows a report');
update public.calls set status = 'busy' where id = tap.u(5);
select is((pg_temp.call(5)).missed, true, 'and a status');
select is(pg_temp.report(6, '{"details": {"transfers":
    [{"to": "+15557770001", "status": "connected"}]}}'), 'accepted',
    'one that was put through');
select is(pg_temp.listed('{"outcome": "missed"}'), '1,5', 'the list: missed');
select is(pg_temp.listed('{"outcome": "transferred"}'), '1,6',
    'the list: transferred');
select is(pg_temp.listed('{"outcome": "answered"}'), '2,3,4,6,7,8,9',
    'the list: answered, which no call is that was missed');

-- Days that are counted have it.
update public.calls set created_at = now() - interval '3 days'
where user_id = 'user_a';
insert into public.call_days (user_id, day, is_stale)
select 'user_a', (now() at time zone 'UTC')::date - 3, false
on conflict on constraint call_days_one do update set is_stale = false;
update public.calls set details = '{"transfers": [{"status": "busy"}]}'
where id = tap.u(7);
select is(is_stale, true, 'a call that was missed after all marks its day')
from public.call_days where user_id = 'user_a'
    and day = (now() at time zone 'UTC')::date - 3;
select callward.count_day('user_a', (now() at time zone 'UTC')::date - 3);
select is((select sum(q.answered) || ' ' || sum(q.missed)
    from public.call_days, unnest(quarters) q where user_id = 'user_a'
    and day = (now() at time zone 'UTC')::date - 3), '6 3',
    'counted: answered and missed');

-- What it was about, and whose name it is.
insert into public.intents (user_id, name, slug, marks_follow_up)
values ('user_a', 'Booking', 'booking', true);
select is(pg_temp.report(8, '{"details": {"intent": "booking",
    "caller_name": "Maria Lopez"}}', data => '{"Intake": {"intent": "x"}}'),
    'accepted', 'an intent beside the data');
select results_eq($$ select intent, caller_name, follow_up_state
    from pg_temp.call(8) $$, $$ values ('booking', 'Maria Lopez', 'open') $$,
    'is the call''s, and opens the follow-up that it marks');
select is(pg_temp.report(9, null, data => '{"intent": "booking"}'), 'accepted',
    'one in the data alone');
select is((pg_temp.call(9)).intent, 'booking', 'is read as ever');
select ok(tap.index() > 0, 'calls get their words');
select is(pg_temp.listed('{"q": "lopez"}'), '8', 'a name is searched for');
select is(callward.recording_of('https://r', null), 'mono',
    'a recording of before');
select is(callward.recording_of('https://r', '{"recording": "stereo"}'),
    'stereo', 'one whose kind was told');

-- What counts as words: neither blanks nor the labels of who speaks.
create function pg_temp.words(report jsonb) returns boolean language sql as
$$ select callward.has_words(jsonb_populate_record(null::public.calls, report)) $$;
select ok(not pg_temp.words('{}'), 'a report of nothing has no words');
select ok(not pg_temp.words('{"transcript":"AI: \nUser:  \n"}'),
    'nor has one of labels');
select ok(not pg_temp.words('{"messages":[{"role":"bot","message":" "}],
    "transcript":"AI:  \n","summary":" "}'), 'nor one of blanks');
select ok(pg_temp.words('{"transcript":"AI: Hi"}'), 'a word is one');
select ok(pg_temp.words('{"messages":[{"message":" "},{"message":"Hi"}]}'),
    'in any turn');
select ok(pg_temp.words('{"summary":"Hi"}'), 'or in the summary');

select * from finish();
rollback;

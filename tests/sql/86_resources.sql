-- What a clinic sets by itself: the functions of its own resources, as the
-- dashboard's role calls them.
begin;
set search_path = tap, public;
\set a '{"sub":"user_a","callward_role":"owner"}'
select plan(45);
select tap.scenario() \g /dev/null

-- A call as a tenant: the outcome, and the fields that were complained about.
create function pg_temp.as_tenant(sub text, call text) returns text
language plpgsql as $$
declare
	w callward.written;
	told text;
begin
	perform set_config('request.jwt.claims',
	    json_build_object('sub', sub, 'callward_role', 'owner')::text,
	    true);
	perform set_config('role', 'callward_tenant', true);
	execute 'select * from callward.' || call into w;
	perform set_config('role', 'none', true);
	if w.outcome = 'refused' then
		select string_agg(e ->> 'field', ' ' order by e ->> 'field')
		into told from json_array_elements(w.answer) e;
	end if;
	return concat_ws(' ', w.outcome, told);
end $$;
create function pg_temp.saves(
	sub text, kind text, id uuid, body jsonb) returns text
language sql as $$
select pg_temp.as_tenant(sub, format('save_%s(%L, %L)', kind, id, body)) $$;

-- Lines and forwarding.
select set_config('request.jwt.claims', '', true) \g /dev/null
select is_empty('select callward.tenant_lines()', 'nobody has no line');
select set_config('request.jwt.claims', :'a', true) \g /dev/null
select set_eq('select callward.tenant_lines()',
    array['+15559999998', '+15559999999'], 'a tenant knows the lines');
select is((select string_agg(c ->> 'on', ', ') from jsonb_array_elements(
    callward.forwarding('+15559999999') -> 'codes') c),
    '*72 15559999999, *92 15559999999, *90 15559999999, '
    '**21*+15559999999#, **61*+15559999999#, **67*+15559999999#',
    'what to dial for a line in North America');
select is((select string_agg(c ->> 'network', ', ') from jsonb_array_elements(
    callward.forwarding('+445559999999') -> 'codes') c), 'gsm, gsm, gsm',
    'and for one elsewhere, where landlines have other codes');
select is(callward.forwarding(null), '{"to": null, "codes": []}',
    'and without a line');

-- Numbers.
select is(pg_temp.saves('user_a', 'number', null,
    '{"phone_number":"+15552222222"}'), 'ok',
    'a number that another tenant has is claimed like any other');
select is((select status || ' ' || match_rule from public.phone_numbers
    where user_id = 'user_a' and phone_number = '+15552222222'),
    'pending from', 'and is pending');
select is((select user_id from public.phone_numbers
    where phone_number = '+15552222222' and status = 'active'), 'user_b',
    'who had it has it');
select is(pg_temp.saves('user_a', 'number', null,
    '{"phone_number":"+15551111111"}'), 'refused phone_number',
    'one''s own number twice');
select is(pg_temp.saves('user_a', 'number', null, format(
    '{"phone_number":"+15559999998","fallback_number":"+15559999999",'
    '"assistant_id":"%s"}', tap.u(902))::jsonb),
    'refused assistant_id fallback_number phone_number',
    'lines are nobody''s, and another tenant''s assistant is none');
select is(pg_temp.saves('user_a', 'number', tap.u(801),
    '{"fallback_number":"+15551111111"}'), 'refused fallback_number',
    'a number is not its own fallback');
select is(pg_temp.saves('user_a', 'number', tap.u(802), '{"label":"x"}'),
    'absent', 'another tenant''s number is none');
select is(pg_temp.as_tenant('user_a', format('remove_number(%L)',
    tap.u(802))), 'absent', 'nor can it be given up');
select is((select status from public.phone_numbers where id = tap.u(802)),
    'active', 'it stays in use');
select is(pg_temp.as_tenant('user_a', format('remove_number(%L)',
    tap.u(801))), 'ok', 'one''s own is given up');
select is(pg_temp.as_tenant('user_a', format('remove_number(%L)',
    tap.u(801))), 'absent', 'once');
select is(pg_temp.saves('user_a', 'number', tap.u(801), '{"label":"x"}'),
    'absent', 'and is there no more');
select is((callward.owner_of_number('+15551111111', null, null, null)).user_id,
    null, 'its calls are nobody''s');
insert into public.phone_numbers (user_id, phone_number, status)
select 'user_c', '+1555' || 7000000 + i, 'released'
from generate_series(1, 1000) i;
select is(pg_temp.saves('user_c', 'number', null,
    '{"phone_number":"+15553330000"}'), 'conflict',
    'numbers that were given up count too, in the end');

-- Assistants.
select is(pg_temp.saves('user_a', 'assistant', null, '{"name":"a"}'),
    'refused name', 'a name twice, in whatever case');
select is(pg_temp.saves('user_b', 'assistant', null, '{"name":"a"}'), 'ok',
    'but for another tenant''s');
select is(pg_temp.saves('user_b', 'assistant', tap.u(901), '{"name":"x"}'),
    'absent', 'another tenant''s assistant is none');
insert into public.calls (user_id, caller_phone_number,
    assistant_phone_number, assistant_id)
values ('user_a', 'x', 'y', tap.u(901));
select is(pg_temp.as_tenant('user_b', format('remove_assistant(%L)',
    tap.u(901))), 'absent', 'nor can it be removed');
select is(pg_temp.as_tenant('user_a', format('remove_assistant(%L)',
    tap.u(901))), 'ok', 'one''s own can');
select is((select count(*) from public.phone_numbers
    where assistant_id = tap.u(901)), 0::bigint, 'no number has it');
select is((select assistant_id from public.calls where user_id = 'user_a'),
    tap.u(901), 'its calls have');
select is(pg_temp.saves('user_a', 'assistant', tap.u(901), '{"name":"x"}'),
    'absent', 'it is there no more');
select is(pg_temp.saves('user_a', 'assistant', null, '{"name":"A"}'), 'ok',
    'its name is free');

-- Hours. An older project's row without times is a whole day.
insert into public.working_hours (id, user_id, day_of_week)
values (tap.u(1), 'user_a', 1), (tap.u(2), 'user_b', 2);
insert into public.working_hours (user_id) values ('user_a');
select is(pg_temp.saves('user_a', 'hours', null,
    '{"day_of_week":1,"open_time":"09:00","close_time":"10:00"}'),
    'refused open_time', 'hours within a whole day');
select is(pg_temp.saves('user_a', 'hours', null,
    '{"day_of_week":2,"open_time":"09:00","close_time":"10:00"}'), 'ok',
    'another tenant''s hours are in nobody''s way');
select is(pg_temp.saves('user_a', 'hours', null, format(
    '{"day_of_week":3,"is_closed":true,"phone_number_id":"%s"}',
    tap.u(802))::jsonb), 'refused phone_number_id',
    'another tenant''s number is none');
select is(pg_temp.saves('user_a', 'hours', null, format(
    '{"day_of_week":3,"is_closed":true,"phone_number_id":"%s"}',
    tap.u(801))::jsonb), 'refused phone_number_id',
    'nor is one that was given up');
select is(pg_temp.saves('user_a', 'hours', tap.u(2), '{"reason":"x"}'),
    'absent', 'another tenant''s row is none');
select is(pg_temp.as_tenant('user_a', 'replace_hours(''[{"day_of_week":1,'
    '"is_closed":true},{"day_of_week":1,"is_closed":true}]'')'),
    'refused data[1].day_of_week', 'a set with a fault');
select is((select count(*) from public.working_hours
    where user_id = 'user_a'), 3::bigint, 'changes nothing');
select is(pg_temp.as_tenant('user_a', 'replace_hours(''[]'')'), 'ok',
    'an empty set');
select is((select array_agg(user_id) from public.working_hours),
    array['user_b'], 'takes away one''s own hours');

-- Intents.
select is(pg_temp.saves('user_a', 'intent', null, '{"name":"Recall"}'), 'ok',
    'an intent');
select is(pg_temp.saves('user_b', 'intent', null,
    '{"name":"Recall","slug":"recall"}'), 'ok', 'of each tenant one');
select is(pg_temp.saves('user_a', 'intent', null,
    '{"name":"x","slug":"recall"}'), 'refused slug', 'a slug twice');
select is(pg_temp.saves('user_a', 'intent', (select id from public.intents
    where user_id = 'user_b'), '{"name":"x"}'), 'absent',
    'another tenant''s is none');

-- Tests.
select is(pg_temp.saves('user_b', 'test', null, format(
    '{"assistant_id":"%s","name":"x","script":"x",'
    '"expected":{"intent":"recall"}}', tap.u(902))::jsonb), 'ok', 'a test');
select is(pg_temp.saves('user_a', 'test', (select id
    from public.assistant_tests), '{"name":"x"}'), 'absent',
    'another tenant''s is none');

-- Who may.
select is_empty($$ select p.oid::regprocedure from pg_proc p
    where pronamespace = 'callward'::regnamespace
    and proname ~ '^(save|shown|remove|replace|hours)_'
    and (prosecdef
        or not has_function_privilege('callward_tenant', oid, 'execute')
        or has_function_privilege('callward_intake', oid, 'execute')) $$,
    'all are done in the tenant''s own name');
select is(tap.outcome('callward_tenant', :'a',
    'update public.phone_numbers set status = ''released'''), 'denied',
    'the door is the only way to a number''s status');

select * from finish();
rollback;

-- Whose a number is, and when: routes follow the numbers, whoever changes them.
begin;
set search_path = tap, public;
select plan(34);
select tap.scenario();

create function pg_temp.routes(of text) returns text language sql as $$
	select string_agg(concat_ws(' ', user_id, right(phone_number_id::text,
	    3), rule, case when active_until is null then 'open' else 'ended' end),
	    ', ' order by version)
	from callward.routes where number = of
$$;
create function pg_temp.open(call integer, sender text)
returns text language sql as $$
	select concat_ws(' ', o.verdict, o.user_id)
	from (select (tap.door(format('open_call(%L, %L, %L, %L, %L, null, null,'
	    ' null, 0, 0)', tap.u(call), tap.sid(call), sender, '+15559999999',
	    '+15559999999'))::callward.opening).*) o
$$;

-- What a number has behind it.
select is(pg_temp.routes('+15551111111'), 'user_a 801 from open',
    'a number in use has a route');
insert into public.phone_numbers (id, user_id, phone_number)
values (tap.u(803), 'user_a', '+15553333333');
select is(pg_temp.routes('+15553333333'), null, 'a pending one has none');
update public.phone_numbers set status = 'active' where id = tap.u(803);
select is(pg_temp.routes('+15553333333'), 'user_a 803 from open',
    'it has one once it is in use');
select is(pg_temp.open(1, '+15553333333'), 'new user_a', 'by which it is found');
update public.phone_numbers set label = 'x', fallback_number = '+15551230000'
where id = tap.u(803);
select is(pg_temp.routes('+15553333333'), 'user_a 803 from open',
    'what a clinic sets is not in it');
update public.phone_numbers set match_rule = 'to' where id = tap.u(803);
select is(pg_temp.routes('+15553333333'),
    'user_a 803 from ended, user_a 803 to open', 'another rule, another period');
select is(pg_temp.open(2, '+15553333333'), 'unknown', 'which alone counts');
update public.phone_numbers set status = 'paused' where id = tap.u(803);
select is(pg_temp.routes('+15553333333'),
    'user_a 803 from ended, user_a 803 to ended', 'out of use, it ends');
select is(max(version), (select last_value from callward.routes_version),
    'each change has a later version')
from callward.routes where rule = 'to';
update public.phone_numbers set phone_number = '+15553333334',
    status = 'active' where id = tap.u(803);
select is(pg_temp.routes('+15553333334'), 'user_a 803 to open',
    'under another number');
update public.phone_numbers set phone_number = '+15553333335'
where id = tap.u(803);
select is(pg_temp.routes('+15553333334') || ', '
    || pg_temp.routes('+15553333335'), 'user_a 803 to ended, user_a 803 to open',
    'and another');

-- It changes hands, and its row goes.
update public.phone_numbers set status = 'released' where id = tap.u(801);
insert into public.phone_numbers (id, user_id, phone_number, status)
values (tap.u(804), 'user_b', '+15551111111', 'active');
select is(pg_temp.routes('+15551111111'),
    'user_a 801 from ended, user_b 804 from open', 'a number changes hands');
select is(count(*), 0::bigint, 'no two periods of it overlap')
from callward.routes a join callward.routes b on a.number = b.number
    and a.version <> b.version
    and tstzrange(a.active_from, a.active_until)
    && tstzrange(b.active_from, b.active_until);
delete from public.phone_numbers where id = tap.u(804);
select is(pg_temp.routes('+15551111111'),
    'user_a 801 from ended, user_b 804 from ended',
    'a period outlives the row of its number');
select is(pg_temp.open(3, '+15551111111'), 'unknown', 'and leads nowhere');
select throws_ok($$ insert into callward.routes (number, rule, user_id,
    phone_number_id, active_from) values ('+15552222222', 'from', 'user_a',
    tap.u(801), now()) $$, '23505', null, 'one number has one route');
select throws_ok($$ insert into callward.routes (number, rule, user_id,
    phone_number_id, active_from, active_until) select number, 'from', 'user_c',
    tap.u(801), active_from - interval '1 day', 'infinity' from callward.routes
    where number = '+15553333333' limit 1 $$, '23P01', null,
    'and no two that ended overlap');

-- Who may what.
select is(tap.outcome(role, '{"sub":"user_a","callward_role":"owner"}',
    'select from callward.routes'), due, role || ' reads it')
from (values ('callward_intake', 'denied'), ('callward_tenant', 'denied'),
    ('callward_writer', 'denied'), ('callward_resolver',
    (select count(*)::text from callward.routes))) v (role, due);
select is(tap.outcome(role, '{"sub":"user_a","callward_role":"owner"}',
    'update callward.routes set active_until = now()'), 'denied',
    role || ' does not change it')
from unnest('{callward_intake,callward_tenant,callward_writer}'::text[]) role;
select is(tap.outcome('callward_resolver', '', 'delete from callward.routes'),
    'denied', 'and who does removes none');
select is(tap.outcome('callward_tenant',
    '{"sub":"user_a","callward_role":"owner"}', 'insert into'
    ' public.phone_numbers (phone_number) values (''+15556666666'')'), '1',
    'a clinic adds a number without a right on it');

-- Past the trigger.
select is(callward.wrong_routes(), 0::bigint, 'all is right');
set local session_replication_role = replica;
update public.phone_numbers set status = 'released' where id = tap.u(802);
insert into public.phone_numbers (id, user_id, phone_number, status,
    verified_at)
values (tap.u(805), 'user_a', '+15552222222', 'active', '2020-01-01'),
    (tap.u(806), 'user_a', '+266696687', 'active', now());
set local session_replication_role = origin;
select is(callward.wrong_routes(), 2::bigint,
    'what changed past the trigger is told: one too many, one too few');
select is(callward.mend_routes(), 2::bigint, 'it is made anew');
select is(pg_temp.routes('+15552222222'),
    'user_b 802 from ended, user_a 805 from open', 'as the numbers say');
select is(pg_temp.open(5, '+15552222222'), 'new user_a', 'and they are found');
select is(callward.wrong_routes() + callward.mend_routes(), 0::bigint,
    'once');
set local session_replication_role = replica;
update public.phone_numbers set status = 'released' where id = tap.u(805);
set local session_replication_role = origin;
update public.phone_numbers set status = 'active' where id = tap.u(802);
select is(pg_temp.routes('+15552222222'), 'user_b 802 from ended,'
    ' user_a 805 from ended, user_b 802 from open',
    'what stood open is in nobody''s way');
truncate public.phone_numbers cascade;
select is((select count(*) from callward.routes where active_until is null)
    + callward.wrong_routes(), 0::bigint, 'with all numbers all periods end');

select * from finish();
rollback;

-- One layer taken away at a time, in a database that is put back: what do
-- the others still hold? (doc/ownership.md tells the same in words.)
begin;
set search_path = tap, public;
\set a '{"sub":"user_a","callward_role":"owner"}'
\set b '{"sub":"user_b","callward_role":"owner"}'
\set calls `LC_ALL=C awk -v part=text -f :'top'/sql/statements.awk :'top'/sql/statements/tenant_calls.sql`
\set call `LC_ALL=C awk -v part=text -f :'top'/sql/statements.awk :'top'/sql/statements/tenant_call.sql`
\set bare `LC_ALL=C awk -v part=text -f :'top'/sql/statements.awk :'top'/sql/statements/tenant_calls.sql | sed 's/callward.calls_page/callward.calls_bare/'`
\set bare_call `LC_ALL=C awk -v part=text -f :'top'/sql/statements.awk :'top'/sql/statements/tenant_call.sql | sed 's/callward.call_json/callward.bare_call/'`
select plan(106);
select tap.scenario();
insert into public.calls (id, user_id, phone_number_id, caller_phone_number,
    assistant_phone_number, vapi_call_id, twilio_call_sid)
values (tap.u(1), 'user_a', tap.u(801), '+15551111111', '+15559999999', 'v1',
        tap.sid(1)),
    (tap.u(2), 'user_b', tap.u(802), '+15552222222', '+15559999999', 'v2',
        tap.sid(2));

-- The functions of the two statements, without their own filter.
do $$
declare
	told text;
begin
	foreach told in array array['calls_page', 'list_calls', 'walk_calls']
	loop
		told := regexp_replace(pg_get_functiondef(('callward.'
		    || told)::regproc), '(calls)_page|(list|walk)_calls',
		    '\1\2_bare', 'g');
		assert told ~ '_bare.*_bare|user_id = me';
		execute regexp_replace(told, '(c\.)?user_id = me', 'true');
	end loop;
	told := replace(pg_get_functiondef('callward.call_json'::regproc),
	    'call_json', 'bare_call');
	assert told like '%where c.user_id = (select callward.current%';
	execute replace(told,
	    'c.user_id = (select callward.current_user_id())', 'true');
end $$;

prepare calls (integer, timestamptz, uuid, jsonb, text, text, text) as :calls
prepare bare (integer, timestamptz, uuid, jsonb, text, text, text) as :bare
prepare call (uuid, text) as :call
prepare bare_call (uuid, text) as :bare_call
create function pg_temp.listed(prepared text, tenant text,
    actor text default null) returns text
language plpgsql as $$
declare
	page json;
	owners text;
begin
	perform set_config('role', 'callward_tenant', true);
	perform set_config('request.jwt.claims', json_build_object('sub',
	    tenant)::text, true);
	execute format('execute %I (25, null, null, ''{}'', %L, %L, %L)',
	    prepared, actor, 'list_calls', 'all') into page;
	perform set_config('role', 'none', true);
	select string_agg(right(c ->> 'id', 1), ',' order by c ->> 'id')
	into owners from json_array_elements(page -> 'data') c;
	return owners;
end $$;
create function pg_temp.got(prepared text, tenant text, id uuid)
returns boolean language plpgsql as $$
declare
	found_call json;
begin
	perform set_config('role', 'callward_tenant', true);
	perform set_config('request.jwt.claims', json_build_object('sub',
	    tenant)::text, true);
	execute format('execute %I (%L, %L)', prepared, id, tenant)
	into found_call;
	perform set_config('role', 'none', true);
	return found_call is not null;
end $$;
create function pg_temp.event(owner text, call integer, vapi text,
    number integer) returns text language sql as $$
	select concat_ws(' ', f.verdict, f.reason)
	from (select (tap.door(format('apply_event(%L, %L, null, %L,'
	    ' ''+15551111111'', ''+15559999999'', ''{}'', %L, null,'
	    ' ''end-of-call-report'', ''completed'', null, null, ''forged'','
	    ' null, null, null, null, null, null)', owner,
	    tap.u(call), tap.u(number), vapi))::callward.filing).*) f
$$;

-- All layers.
select is(pg_temp.listed('calls', 'user_a'), '1', 'whole: A''s list');
select is(pg_temp.listed('calls', 'user_b'), '2', 'whole: B''s list');
select is(pg_temp.got('call', 'user_a', tap.u(1)), true, 'whole: A''s call');
select is(pg_temp.got('call', 'user_a', tap.u(2)), false,
    'whole: not B''s call');

-- Routes that lie, as after a restore.
create function pg_temp.told(call integer, sender text default '+15551111111')
returns text language plpgsql as $$
declare
	o callward.opening;
begin
	o := tap.door(format('open_call(%L, %L, %L,'
	    ' ''+15559999999'', null, null, null, null, 0, 0)', tap.u(call),
	    tap.sid(call), sender))::callward.opening;
	return concat_ws(' ', o.verdict, o.user_id, o.greeting);
exception when others then
	perform set_config('role', 'none', true);
	return sqlstate;
end $$;
create function pg_temp.lie(who text, nth integer) returns void
language sql as $$
	update callward.routes set user_id = who, phone_number_id = tap.u(nth)
	where number = '+15551111111'
$$;
create function pg_temp.stored() returns text language sql as $$
	select string_agg(right(id::text, 2) || ' ' || user_id, ', ' order by id)
	from public.calls
$$;
select pg_temp.lie('user_b', 801) \g /dev/null
select is(pg_temp.told(31), 'CW002',
    'routes: one that names another tenant is refused');
select pg_temp.lie('user_b', 802) \g /dev/null
select is(pg_temp.told(32), 'CW002', 'routes: also with a number of theirs');
select pg_temp.lie('user_a', 899) \g /dev/null
select is(pg_temp.told(33), 'CW002', 'routes: or with one that nobody has');
select pg_temp.lie('user_a', 801) \g /dev/null
set local session_replication_role = replica;
update public.phone_numbers set match_rule = 'to' where id = tap.u(801);
set local session_replication_role = origin;
select is(pg_temp.told(34), 'CW002', 'routes: or under another rule');
set local session_replication_role = replica;
update public.phone_numbers set match_rule = 'from', status = 'released'
where id = tap.u(801);
set local session_replication_role = origin;
select is(pg_temp.told(35), 'unknown', 'routes: a number out of use is nobody''s');
select is(string_agg(concat_ws(' ', verdict, reason, user_id), ''),
    'rejected unknown_number', 'routes: and in nobody''s name it is noted')
from callward.webhook_events;
set local session_replication_role = replica;
update public.phone_numbers set status = 'active' where id = tap.u(801);
set local session_replication_role = origin;
select is(pg_temp.stored(), '01 user_a, 02 user_b',
    'routes: no call is stored for anybody');
-- The look at the number that a route names.
create temporary table whole as select pg_get_functiondef(f) as told
from unnest('{callward.decide_action,callward.refuse_route}'::regproc[]) f;
do $$
declare
	told text;
begin
	for told in select * from whole loop
		assert told ~ 'n.phone_number (= matched|is distinct from matched)';
		execute regexp_replace(replace(told,
		    'n.phone_number = matched', 'true'), 'if n.phone_number is'
		    ' distinct .*n.match_rule is distinct[^;]*then',
		    'if false then');
	end loop;
end $$;
select pg_temp.lie('user_b', 801) \g /dev/null
select is(pg_temp.told(36), '23503',
    'no look at a route: the keys refuse another''s number');
select pg_temp.lie('user_b', 802) \g /dev/null
select is(pg_temp.told(37), 'new user_b',
    'no look at a route: one that lies wholly is believed');
select is(tap.outcome('callward_tenant', :'b',
    'select from public.calls where user_id = ''user_a'''), '0',
    'no look at a route: B has a call more, and sees none of A''s');
select isnt(callward.wrong_routes(), 0::bigint,
    'no look at a route: the self-check objects to it');
delete from public.calls where id = tap.u(37);
select pg_temp.lie('user_a', 801) \g /dev/null
do $$
declare
	told text;
begin
	for told in select * from whole loop
		execute told;
	end loop;
end $$;

-- The triggers that end what was prepared for calls.
select is(pg_temp.told(38), 'new user_a', 'whole: A''s call');
alter table public.assistants disable trigger expire_update;
update public.assistants set greeting = 'Hi ' || user_id;
select is(pg_temp.told(39), 'new user_a',
    'no trigger of settings: A''s call meets what A had set before');
select matches((select string_agg(problem, '') from callward.audit_derived()),
    '^2 rows do not match', 'no trigger of settings: the audit tells');
alter table public.assistants enable trigger expire_update;
update public.prepared_settings set vapi_assistant_id = 'vapi-b',
    assistant_id = tap.u(902) where user_id = 'user_a';
select is(pg_temp.told(40), '23503',
    'settings that lie: the keys refuse another''s assistant');
update public.assistants set greeting = null;
delete from public.calls where id in (tap.u(38), tap.u(39));
delete from callward.webhook_events;
select is(pg_temp.stored(), '01 user_a, 02 user_b', 'all is as before');

-- The application's filter: the policies alone.
select isnt(:'bare'::text, :'calls'::text, 'no filter: it was taken out');
select isnt(:'bare_call'::text, :'call'::text, 'no filter: of both');
select is(pg_temp.listed('bare', 'user_a'), '1', 'no filter: A''s list');
select is(pg_temp.listed('bare', 'user_b'), '2', 'no filter: B''s list');
select is(pg_temp.listed('bare', ''), null, 'no filter: nobody''s list');
select is(pg_temp.got('bare_call', 'user_a', tap.u(2)), false,
    'no filter: not B''s call');

-- A policy.
drop policy tenant_wall on public.calls;
select is(pg_temp.listed('bare', 'user_a'), '1',
    'no wall: the other policy, even without the filter');
select matches((select string_agg(problem, '') from callward.audit_problems()),
    'restrictive', 'no wall: the audit tells');
set local role callward_tenant;
select string_agg(name, ' ') as told
from callward.self_check(callward.ping()) where name <> 'fsync' \gset
reset role;
select is(:'told'::text, 'policies', 'no wall: the program would not serve');
create policy tenant_wall on public.calls as restrictive
    to callward_tenant, callward_writer
    using (user_id = (select callward.current_user_id()))
    with check (user_id = (select callward.current_user_id()));
drop policy tenant_rows on public.calls;
select is(pg_temp.listed('bare', 'user_a'), null,
    'no permissive policy: closed, not open');
select throws_ok($$ select pg_temp.event('user_a', 1, 'v1', 801) $$, '42501',
    null, 'no permissive policy: a message is an error, and comes again');
create policy tenant_rows on public.calls as permissive
    to callward_tenant, callward_writer
    using (user_id = (select callward.current_user_id()))
    with check (user_id = (select callward.current_user_id()));
alter table public.calls disable row level security;
select is(pg_temp.listed('calls', 'user_a'), '1',
    'no row level security: the filter alone, A''s list');
select is(pg_temp.got('call', 'user_a', tap.u(2)), false,
    'no row level security: not B''s call');
select is(pg_temp.event('user_a', 2, 'v2', 801), 'quarantined owner_mismatch',
    'no row level security: a foreign message is refused');
select is(pg_temp.event(null, null, 'v1', null), 'accepted',
    'no row level security: an own one applied');
select is((select string_agg(user_id, ',') from public.calls
    where transcript = 'forged'), 'user_a',
    'no row level security: to the one row that it is about');
select is(tap.outcome('callward_tenant', :'a',
    'update public.calls set user_id = ''user_a'''), 'denied',
    'no row level security: the grants stand');
select throws_ok($$ update public.calls set phone_number_id = tap.u(801)
    where user_id = 'user_b' $$, '23503', null,
    'no row level security: the keys stand');
alter table public.calls enable row level security;
update public.calls set transcript = null, report_at = null;

-- The seal check: whatever owner a message names is believed.
select is(pg_temp.event('user_b', 1, 'v1', 802), 'quarantined owner_mismatch',
    'no seal check: a call that has a row, under another tenant');
select is(pg_temp.event('user_b', 1, null, 802), 'quarantined owner_mismatch',
    'no seal check: by its id alone');
select is(pg_temp.event('user_b', 2, 'v1', 802), 'quarantined owner_mismatch',
    'no seal check: by its Vapi call alone');
select is(pg_temp.event('user_b', 3, 'v3', 801), 'quarantined foreign_number',
    'no seal check: no row, and A''s number');
select is((select string_agg(transcript, '') from public.calls), null,
    'no seal check: nothing was stored for anyone');
select is(pg_temp.event('user_b', 3, 'v3', 802), 'accepted',
    'no seal check: a call that never was, with B''s own number, is made up');
select is((select string_agg(user_id || ' ' || transcript, ',')
    from public.calls where transcript is not null), 'user_b forged',
    'no seal check: for B, who sees words that nobody said, and none of A''s');
delete from public.calls where id = tap.u(3);

-- The look at a quarantined line: any line is taken for this message's.
insert into callward.webhook_events (id, provider, verdict, reason,
    provider_call_id, event_type, body_sha256)
values (tap.u(700), 'vapi', 'quarantined', 'unreadable_json', 'v1',
    'end-of-call-report', '\x02');
create function pg_temp.apply(owner text, call integer, vapi text)
returns text language sql as $$
	select concat_ws(' ', f.verdict, f.reason, f.user_id)
	from (select (tap.door(format('apply_event(%L, %L, null, null, null,'
	    ' null, ''{}'', %L, null, ''end-of-call-report'', ''completed'', null,'
	    ' null, ''applied'', null, null, null, null, ''\x01'', 1, null, %L)', owner, tap.u(call), vapi,
	    tap.u(700)))::callward.filing).*) f
$$;
select is(pg_temp.apply('user_b', 2, 'v2'), 'duplicate',
    'whole: another body''s line is not applied');
do $$
declare
	told constant text :=
	    pg_get_functiondef('callward.take_line'::regproc);
begin
	assert told like '%and e.body_sha256 = take_line.body_sha256%';
	execute replace(told, 'and e.body_sha256 = take_line.body_sha256', '');
end $$;
select is(pg_temp.apply('user_b', 1, 'v1'), 'quarantined owner_mismatch',
    'no look at the line: a message finds its owner as always');
select is((select verdict from callward.webhook_events where id = tap.u(700)),
    'quarantined', 'no look at the line: one that fits nowhere leaves it');
select is(pg_temp.apply('user_b', 2, 'v2'), 'accepted user_b',
    'no look at the line: one that fits is stored');
select is((select string_agg(user_id || ' ' || transcript, ',')
    from public.calls where transcript is not null), 'user_b applied',
    'no look at the line: for its own owner, and the line is gone');
update public.calls set transcript = null, report_at = null,
    status = 'in-progress';

-- The look whether a Vapi id is one call's: a quarantined end of B's call.
insert into callward.webhook_events (provider, verdict, reason,
    provider_call_id, event_type)
values ('vapi', 'quarantined', 'unreadable_json', 'v1', 'end-of-call-report');
insert into public.calls (id, user_id, caller_phone_number,
    assistant_phone_number, vapi_call_id)
values (tap.u(7), 'user_b', 'x', 'y', 'v1');
select string_agg(c::text, '' order by id) as before from public.calls c \gset
create function pg_temp.full(call integer) returns boolean language sql as $$
	select (tap.door(format('open_call(%L, %L, ''+15551111111'','
	    ' ''+15559999999'', null, null, null, null, 1, 0)', tap.u(call),
	    tap.sid(call)))::callward.opening).verdict = 'busy'
$$;
select is(pg_temp.full(8), true, 'whole: it frees no place of A''s');
do $$
declare
	told constant text :=
	    pg_get_functiondef('callward.end_is_kept'::regproc);
begin
	assert told like '%where one.call_id = end_is_kept.call_id%';
	execute replace(told, 'where one.call_id = end_is_kept.call_id', '');
end $$;
select is(pg_temp.full(9), false, 'no look at the id: it frees a place');
select is((select string_agg(c::text, '' order by id) from public.calls c
    where id <> tap.u(9)), :'before',
    'no look at the id: and that is all');
delete from public.calls where id in (tap.u(7), tap.u(9));

-- The composite keys between the tables.
alter table public.calls drop constraint calls_phone_number,
    drop constraint calls_assistant;
alter table public.phone_numbers drop constraint phone_numbers_assistant;
select is(tap.outcome('callward_tenant', :'a', format(
    'update public.phone_numbers set assistant_id = %L', tap.u(902))), '1',
    'no key: A''s number can point to B''s assistant');
update public.phone_numbers set assistant_id = tap.u(902)
where id = tap.u(801);
create temporary table o as select (tap.door(format('open_call(%L, %L,'
    ' ''+15551111111'', ''+15559999999'', null, null, null, null, 0, 0)',
    tap.u(5), tap.sid(5)))::callward.opening).*;
select is(verdict || ' ' || user_id, 'new user_a', 'no key: A''s call is A''s')
from o;
select is(vapi_assistant_id, null,
    'no key: and does not run B''s assistant') from o;
select is(tap.outcome('callward_tenant', :'a',
    'select from public.phone_numbers n join public.assistants a'
    ' on a.id = n.assistant_id'), '0', 'no key: nor shows it');
select is(pg_temp.event('user_a', 6, 'v6', 802), 'quarantined foreign_number',
    'no key: no row of A''s is made with B''s number');
select is(tap.outcome('callward_tenant', :'b',
    'delete from public.assistants where id = ' || quote_literal(tap.u(902))),
    '1', 'no key: B may still take its own away');
select ok((select count(*) from public.calls where user_id = 'user_b') = 1,
    'no key: B has its one call');

-- The refusal of what stands for a withheld number.
select is(tap.outcome('callward_tenant', :'a',
    'insert into public.phone_numbers (phone_number) values (''+266696687'')'),
    '23514', 'whole: what stands for a withheld number is refused');
alter table public.phone_numbers disable trigger refuse_withheld_insert;
insert into public.phone_numbers (user_id, phone_number, status)
values ('user_a', '+266696687', 'active');
select is((callward.owner_of_number('+266696687', null, null,
    '+15559999999')).user_id, null,
    'no refusal of withheld numbers: one can be active, and owns no call');
alter table public.phone_numbers enable trigger refuse_withheld_insert;
-- The check of the program, which answers by field: the table's own.
create function pg_temp.written(tab text, col text, wrong text) returns text
language plpgsql as $$
begin
	return tap.outcome('callward_tenant', '{"sub":"user_a","callward_role":"owner"}', format(
	    'update public.%I set %I = %L where user_id = ''user_a''', tab,
	    col, wrong));
end $$;
select is(pg_temp.written('calls', 'notes', E'call \u202e5551+ back'),
    '23514', 'no check of texts: the table refuses them, too');
drop trigger plain_texts on public.calls;
select is(pg_temp.written('calls', 'notes', E'call \u202e5551+ back'), '2',
    'no check in the table either: they are stored');
update public.calls set notes = E'call \u202e5551+ back'
where user_id = 'user_a';
select is(tap.outcome('callward_tenant', :'b',
    'select from public.calls where notes is not null'), '0',
    'no check in the table either: and only their clinic sees them');

-- The statistics targets of 0.
create function pg_temp.estimate(who text) returns bigint language plpgsql as $$
declare
	told json;
begin
	perform set_config('request.jwt.claims', '{"sub":"user_a"}', true);
	perform set_config('role', 'callward_tenant', true);
	execute format('explain (format json) select from public.calls'
	    ' where user_id = %L', who) into told;
	perform set_config('role', 'none', true);
	return told -> 0 -> 'Plan' ->> 'Plan Rows';
end $$;
insert into public.calls (user_id, caller_phone_number,
    assistant_phone_number, twilio_call_sid)
select 'user_b', '+15552222222', '+15559999999', tap.sid(6000 + i)
from generate_series(1, 1000) i;
analyze public.calls;
select is(pg_temp.estimate('user_b'), pg_temp.estimate('user_x'),
    'whole: an estimate knows no tenant');
alter table public.calls alter user_id set statistics -1;
analyze public.calls;
select isnt(pg_temp.estimate('user_b'), pg_temp.estimate('user_x'),
    'no target of 0: it tells how many rows B has');
select is(tap.outcome('callward_tenant', :'a',
    'select from public.calls where user_id = ''user_b'''), '0',
    'no target of 0: and yet none is seen');

-- The line of who acts as the clinic.
select is(pg_temp.listed('calls', 'user_a', 'user_support'), '1,5',
    'whole: who acts as A sees A''s list');
select is(actor || ' ' || action, 'user_support list_calls',
    'whole: and left a line') from callward.audit_log order by at desc limit 1;
revoke insert on callward.audit_log from callward_writer;
select throws_ok($$ select pg_temp.listed('calls', 'user_a', 'user_z') $$,
    '42501', null, 'no line can be left: then no list is shown');
select set_config('role', 'none', true);
select is(pg_temp.listed('calls', 'user_a'), '1,5',
    'no line can be left: the clinic itself needs none');

-- The wall of the front desk. What a desk does to its own clinic's rows, as a
-- forgotten row of the routes would let it.
create temporary table deeds (deed text, walled text, done text);
insert into deeds values
    ('insert into public.intents (name, slug) values (''x'', ''xx'')',
	'walled', '1'),
    ('update public.phone_numbers set label = ''x''', 'walled', '2'),
    ('update public.assistants set removed_at = now()', 'walled', '1'),
    ('delete from public.assistants', '0', '1'),
    ('select callward.tenant_release_number(tap.u(801))', 'denied', 'denied'),
    ('select callward.tenant_trial_finish(tap.u(1), now(), ''{"turns": []}'')',
	'denied', 'denied');
create function pg_temp.desk(who text, deed text) returns text
language sql as $$ select tap.outcome('callward_tenant', json_build_object(
    'sub', who)::text, deed) $$;
select is(pg_temp.desk('user_a', deed), walled, 'whole: the desk: ' || deed)
from deeds;
select isnt(tap.outcome('callward_tenant', :'a', deed), walled,
    'whole: the owner: ' || deed) from deeds;
select is(pg_temp.desk('user_a', 'update public.calls set notes = ''x'''), '2',
    'whole: what is the desk''s it does');
drop policy owner_adds on public.intents;
drop policy owner_changes on public.phone_numbers;
drop policy owner_changes on public.assistants;
drop policy owner_removes on public.assistants;
select is(string_agg(pg_temp.desk('user_a', deed), ' ' order by deed),
    string_agg(done, ' ' order by deed),
    'no wall: what is left are the routes, and the writer''s own look')
from deeds;
select is(tap.outcome('callward_tenant', '{"sub":"user_a"}',
    'update public.phone_numbers set label = ''x'' where user_id = ''user_b'''),
    '0', 'no wall: another clinic''s rows stay out of reach');
set session authorization operator;
select ok(count(*) > 0, 'no wall: the isolation audit says so')
from callward.isolation('audit_a', 'audit_b')
where verdict = 'leak' and kind = 'desk';
reset session authorization;
select isnt(tap.outcome('callward_tenant', '{"sub":"user_a"}',
    'select from callward.tenant_logins'), '1',
    'and no login tells where others lead');

-- The session of a call. The dashboard is told Vapi's ids by a function.
create function pg_temp.open(call integer, sid integer) returns text
language sql as $$
	select concat_ws(' ', o.verdict, o.user_id) from (select (tap.door(
	    format('open_call(%L, %L, ''+15551111111'', ''+15559999999'', null,'
	    ' null, null, null, 0, 0)', tap.u(call), tap.sid(sid)))
	    ::callward.opening).*) o
$$;
create function pg_temp.bind(owner text, call integer, sid integer, vapi text)
returns text language sql as $$
	select (tap.door(format('bind_session(%L, %L, %L, %L, ''<R/>'', ''{}'')',
	    owner, tap.u(call), tap.sid(sid), vapi))::callward.settlement).verdict
$$;
create function pg_temp.vapi_ids(claims text) returns text language plpgsql as $$
declare
	ids text;
begin
	perform set_config('request.jwt.claims', claims, true);
	perform set_config('role', 'callward_tenant', true);
	select string_agg(vapi_call_id, ',') into ids
	from callward.tenant_sessions(array[tap.u(51), tap.u(52)]);
	perform set_config('role', 'none', true);
	return ids;
end $$;
update public.phone_numbers set assistant_id = null, vapi_assistant_id = 'v';
select is(pg_temp.open(51, 51) || ' ' || pg_temp.bind('user_a', 51, 51, 'v51'),
    'new user_a bound', 'whole: a session of A''s');
select is(pg_temp.vapi_ids(:'a') || coalesce(pg_temp.vapi_ids(:'b'), ''), 'v51',
    'whole: A is told its id, B is not');
select is(pg_temp.open(52, 52), 'new user_a', 'whole: another call of A''s');
drop policy tenant_wall on callward.sessions;
drop policy tenant_rows on callward.sessions;
select throws_ok($$ select pg_temp.bind('user_a', 52, 52, 'v52') $$, '42501',
    null, 'no policy of sessions: closed, not open');
select is(pg_temp.vapi_ids(:'a'), null, 'no policy of sessions: nobody is told');
alter table callward.sessions disable row level security;
select is(pg_temp.vapi_ids(:'a') || coalesce(pg_temp.vapi_ids(:'b'), ''), 'v51',
    'no row level security of sessions: the filter alone');
select is(tap.outcome('callward_tenant', :'a',
    'select from callward.sessions'), 'denied',
    'no row level security of sessions: no login has a right on them');
select matches((select string_agg(tab || ' ' || problem, '')
    from callward.audit_problems()), 'sessions row level',
    'no row level security of sessions: the audit tells');
set local role callward_intake;
select string_agg(problem, ' ') as told
from callward.self_check(callward.ping()) where name = 'policies' \gset
reset role;
select matches(:'told'::text, 'callward.sessions',
    'no row level security of sessions: the program would not serve');
alter table callward.sessions enable row level security;
create policy tenant_rows on callward.sessions as permissive
    to callward_tenant, callward_writer
    using (user_id = (select callward.current_user_id()))
    with check (user_id = (select callward.current_user_id()));
create policy tenant_wall on callward.sessions as restrictive
    to callward_tenant, callward_writer
    using (user_id = (select callward.current_user_id()))
    with check (user_id = (select callward.current_user_id()));
drop index callward.sessions_vapi_call_id_once;
select is(pg_temp.bind('user_a', 52, 52, 'v51'), 'bound',
    'no key on Vapi''s id: two calls can have it');
select is(pg_temp.event(null, null, 'v51', null), 'quarantined unknown_call',
    'no key on Vapi''s id: then it decides nothing');
select is(pg_temp.event('user_a', 51, 'v51', 801), 'quarantined owner_mismatch',
    'no key on Vapi''s id: with a seal neither');
delete from callward.sessions where call_id = tap.u(52);

-- The key of a CallSid: its answer is gone.
delete from callward.call_answers where call_sid = tap.sid(51);
select is(pg_temp.open(53, 51), 'wait user_a',
    'no key of a CallSid: it does not ring a second time for its clinic');
delete from callward.call_answers where call_sid = tap.sid(51);
update public.phone_numbers set status = 'released'
where phone_number = '+15551111111';
insert into public.phone_numbers (user_id, phone_number, status)
values ('user_b', '+15551111111', 'active');
select is(pg_temp.open(54, 51), 'new user_b',
    'no key of a CallSid: behind a change of hands a copy is a call of B''s');
select is(tap.outcome('callward_tenant', :'b', 'select from public.calls'
    ' where id = ' || quote_literal(tap.u(51))), '0',
    'no key of a CallSid: who sees nothing of A''s');

-- The filter of what makes words: a turn of A's names B's call.
do $$
declare
	f text;
	told text;
begin
	foreach f in array array['put_words', 'searched_text'] loop
		told := pg_get_functiondef(('callward.' || f)::regproc);
		assert told ~ 'where user_id = ';
		execute regexp_replace(told,
		    'user_id = (put_words.user_id|callward.current_user_id\(\))',
		    'true', 'g');
	end loop;
end $$;
delete from callward.to_index;
update public.calls set status = 'completed', summary = 'said'
where id in (tap.u(1), tap.u(2));
delete from callward.to_index where user_id = 'user_b';
create function pg_temp.take() returns text language plpgsql as $$
begin
	perform set_config('role', 'callward_tenant', true);
	return (select string_agg(tenant || ' ' || right(call_id::text, 1)
	    || ' ' || (content is not null), ',' order by call_id)
	    from callward.index_take(null, 10));
end $$;
insert into callward.to_index (user_id, call_id) values ('user_a', tap.u(2));
select is(pg_temp.take(), 'user_a 1 true,user_a 2 false',
    'no filter of words: A''s worker reads A''s call alone');
reset role;
update callward.index_turns set versions = array(select xmin
    from public.calls where id = any (calls) order by id);
create function pg_temp.put() returns text language plpgsql as $$
declare
	key constant uuid := (select token from callward.index_turns);
begin
	perform set_config('role', 'callward_tenant', true);
	perform from callward.index_put(key, jsonb_build_object(tap.u(1), 'a',
	    tap.u(2), 'b'));
	perform set_config('role', 'none', true);
	return (select string_agg(user_id || (search_words is not null)::text,
	    ',' order by user_id) from public.calls
	    where id in (tap.u(1), tap.u(2)));
end $$;
select is(pg_temp.put(), 'user_atrue,user_bfalse',
    'no filter of words: to A''s call, and not to B''s');
select * from finish();
rollback;

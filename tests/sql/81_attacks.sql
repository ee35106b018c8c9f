-- Attacks on the database itself, as somebody who may already run SQL under
-- one of the logins. The numbers are those of the list of threats.
begin;
set search_path = tap, public;
\set a '{"sub":"user_a","callward_role":"owner"}'
\set b '{"sub":"user_b","callward_role":"owner"}'
select plan(76);
select tap.scenario();
insert into public.intents (user_id, name)
values ('user_a', 'x'), ('user_b', 'x');
insert into public.calls (id, user_id, phone_number_id, caller_phone_number,
    assistant_phone_number, twilio_call_sid, vapi_call_id, transcript)
values (tap.u(1), 'user_a', tap.u(801), '+15551111111', '+15559999999',
        tap.sid(1), 'v1', 'words of a'),
    (tap.u(2), 'user_b', tap.u(802), '+15552222222', '+15559999999',
        tap.sid(2), 'v2', 'words of b');
analyze public.calls;

create function pg_temp.as_tenant(sub text, stmt text) returns text
language sql as $$
	select tap.outcome('callward_tenant', json_build_object('callward_role',
	    'owner', 'sub',
	    sub)::text, stmt)
$$;

-- D03: tenants that are nearly one.
select is(pg_temp.as_tenant(sub, 'select from public.calls') || ' '
    || pg_temp.as_tenant(sub, 'insert into public.intents (name)'
    ' values (''y'')'), '0 ' || due, 'D03: ' || quote_nullable(sub))
from (values (null, 'walled'), ('', 'walled'), (' ', '23514'),
    ('USER_A', '1'), ('user_a ', '23514'), (' user_a', '23514'),
    ('user%', '23514'), ('user__', '1'), ('user_a'' or ''1''=''1', '23514'),
    ('user_a; drop table public.calls', '23514'),
    (E'user_a\n', '23514'), (U&'user_\FF41', '23514'),
    (repeat('a', 65), '23514')) as t (sub, due);

-- D05: one prepared statement, run for A, B and nobody.
prepare mine as select count(*) from public.calls;
set local role callward_tenant;
select set_config('request.jwt.claims', :'a', true) \g /dev/null
execute mine \gset a_
select set_config('request.jwt.claims', :'b', true) \g /dev/null
execute mine \gset b_
select set_config('request.jwt.claims', '', true) \g /dev/null
execute mine \gset nobody_
reset role;
execute mine \gset all_
select is(array[:a_count, :b_count, :nobody_count, :all_count],
    array[1, 1, 0, 2], 'D05: a prepared statement shows each its own');

-- D06: a row that is handed to another.
select is(pg_temp.as_tenant('user_a', 'update public.intents'
    ' set user_id = ''user_b'''), 'denied', 'D06: no tenant gives a row away');
select is(tap.outcome('callward_writer', :'a', 'update'
    ' public.phone_numbers set user_id = ''user_b'''), 'denied',
    'D06: nor does the writer');
grant update (user_id) on public.intents to callward_tenant;
select is(pg_temp.as_tenant('user_a', 'update public.intents'
    ' set user_id = ''user_b'''), 'walled', 'D06: nor if the grant were there');
revoke update (user_id) on public.intents from callward_tenant;

-- D07: an upsert on another's key makes a row of one's own.
select is(tap.outcome('callward_writer', :'b', format(
    'with done as (insert into public.calls (id, user_id,'
    ' caller_phone_number, assistant_phone_number) values (%L, ''user_b'','
    ' ''x'', ''y'') on conflict (user_id, id) do update set transcript = ''z'''
    ' returning user_id, transcript) select from done where user_id ='
    ' ''user_b'' and transcript is null', tap.u(1))), '1',
    'D07: an upsert on the id of another tenant''s call');

-- D08: squatting on what another's call will be called.
insert into public.calls (id, user_id, caller_phone_number,
    assistant_phone_number, twilio_call_sid)
values (tap.u(3), 'user_b', 'x', 'y', tap.sid(30));
select is((tap.door(format('open_call(%L, %L, %L, %L, %3$L, null, null, null,'
    ' 0, 0)', tap.u(30), tap.sid(30), '+15551111111',
    '+15559999999'))::callward.opening).verdict, 'new',
    'D08: a CallSid that another tenant has used up');
select is((select user_id from public.calls where id = tap.u(30)),
    'user_a', 'D08: the call is its owner''s');

-- D09, D10: what an answer gives away.
select is(pg_temp.as_tenant('user_a', format('insert into'
    ' public.phone_numbers (phone_number, assistant_id) values (%L, %L)',
    '+15550000001', id)), '23503', 'D09: ' || what)
from (values (tap.u(902), 'an assistant of another'),
    (tap.u(999), 'an assistant of nobody')) as t (id, what);
select is(pg_temp.as_tenant('user_a', format('insert into'
    ' public.phone_numbers (phone_number) values (%L)', number)), '1',
    'D10: ' || what)
from (values ('+15552222222', 'a number that another has'),
    ('+15550000001', 'a number that nobody has')) as t (number, what);

-- D11: views.
create view public.open_view as select id, user_id from public.calls;
create view public.closed_view with (security_invoker = true)
as select id, user_id from public.calls;
grant select on public.open_view, public.closed_view to callward_tenant;
select is(pg_temp.as_tenant('user_a', 'select from public.closed_view'),
    '2', 'D11: a view with its reader''s rights shows one''s own');
select is(pg_temp.as_tenant('user_a', 'select from public.open_view'),
    (select count(*)::text from public.calls),
    'D11: one with its owner''s shows all, so the audit names it');
select is(count(*), 1::bigint, 'D11: and it alone')
from callward.audit_problems() where problem like '%rights of its owner%'
    and problem like '%open_view%';
select is(count(*), 1::bigint, 'D11: nothing else is named')
from callward.audit_problems();
drop view public.open_view, public.closed_view;
select is_empty($$ select oid::regclass from pg_class
    where relkind in ('m', 'f', 'v') and relnamespace in (
        'public'::regnamespace, 'callward'::regnamespace) $$,
    'D11: there is no view, materialized view or foreign table of ours');

-- D12: permissive policies add up; the restrictive one stands.
create policy careless on public.calls to callward_tenant using (true);
select is(pg_temp.as_tenant('user_b', 'select from public.calls'
    ' where user_id = ''user_a'''), '0',
    'D12: a careless policy opens nothing');
drop policy careless on public.calls;

-- D13, D19: names that are put in the way of a definer function's.
create function pg_temp.hijack() returns text language plpgsql as $$
begin
	set local role callward_intake;
	create temporary table phone_numbers (id uuid, user_id text,
	    phone_number text, match_rule text, status text);
	insert into pg_temp.phone_numbers values (tap.u(802), 'user_b',
	    '+15551111111', 'from', 'active');
	create function pg_temp.now() returns timestamptz language sql
	as 'select null::timestamptz';
	set local search_path = pg_temp, pg_catalog;
	return (callward.open_call(tap.u(40), tap.sid(40), '+15551111111',
	    '+15559999999', null, null, null, null, 0, 0)).user_id;
end $$;
select pg_temp.hijack() as hijacked \gset
reset role;
set local search_path = tap, public;
select is(:'hijacked'::text, 'user_a',
    'D13: a temporary table does not hijack the owner''s look-up');

-- A type that is put in the way would run its rule as the function's owner.
create function pg_temp.spied() returns text language plpgsql as $$
declare
	answer record;
begin
	set local role callward_intake;
	create function pg_temp.spy(content pg_catalog.text) returns boolean
	language plpgsql as $spy$
	begin
		if current_user <> 'callward_intake' then
			perform pg_catalog.set_config('tap.spy', current_user,
			    true);
		end if;
		return true;
	end $spy$;
	create domain pg_temp.text as pg_catalog.text
	    check (pg_temp.spy(value));
	select * into answer from callward.find_answer(tap.sid(41));
	perform callward.ping();
	reset role;
	drop domain pg_temp.text;
	return nullif(current_setting('tap.spy', true), '');
end $$;
select is(pg_temp.spied(), null,
    'D13: nor does a temporary type run code as the owner of a door');
select is(tap.outcome('callward_tenant', :'a',
    'create table public.x ()'), 'denied', 'D19: nothing is made in public');
select is(tap.outcome('callward_tenant', :'a',
    'create schema x'), 'denied', 'D19: nor beside it');

-- What each call looks at has an end, also beside the functions that save it.
select is(tap.outcome('callward_tenant', :'a',
    'insert into public.working_hours (day_of_week, open_time, close_time)'
    ' select 1, ''09:00'', ''10:00'' from generate_series(1, 501)'), '23514',
    'no clinic has so many hours that its calls keep others waiting');

select is(tap.outcome('callward_tenant', :'a', format(
    'update public.assistants set %I = repeat(''x'', 65537)', name)), '23514',
    'nor so long a ' || name)
from unnest(array['greeting', 'language']) name;

-- A list is held in memory whole.
select is(tap.outcome('callward_tenant', :'a', stmt), '23514',
    'a list has an end: ' || stmt)
from unnest(array[
    'insert into public.assistants (name) select i from generate_series(1, 1001) i',
    'insert into public.phone_numbers (phone_number)'
        ' select ''+1555'' || 1000000 + i from generate_series(1, 1001) i',
    'insert into public.intents (name, slug)'
        ' select i, ''s'' || i from generate_series(1, 1001) i',
    'insert into public.assistant_tests (name, script)'
        ' select i, i from generate_series(1, 1001) i',
    'insert into public.intents (name, slug, description)'
        ' values (''x'', ''xx'', repeat(''x'', 65537))',
    'insert into public.assistant_tests (name, script)'
        ' values (''x'', repeat(''x'', 65537))']) stmt;

-- D14: who can run set_config can be anybody: so there is no way to SQL.
select is_empty($$ select p.oid::regprocedure from pg_proc p
    join pg_language l on l.oid = p.prolang
    where p.pronamespace in ('callward'::regnamespace, 'public'::regnamespace)
    and l.lanname = 'plpgsql' and p.prosrc ~* '\mexecute\M'
    and (p.prosecdef or has_function_privilege('callward_tenant', p.oid,
        'execute') and p.proname <> 'reading_problems') $$,
    'D14: no door puts text together to SQL');

-- D15: a function in WHERE that tells what it is shown.
create function pg_temp.tell(words text) returns boolean
language plpgsql cost 0.0000001 as $$
begin
	perform set_config('tap.told', current_setting('tap.told')
	    || '[' || words || ']', true);
	return true;
end $$;
set local tap.told = '';
set local role callward_tenant;
select set_config('request.jwt.claims', :'a', true) \g /dev/null
select count(*) from public.calls
where pg_temp.tell(transcript) and vapi_call_id = 'v1' \g /dev/null
select count(*) as stats from pg_stats where tablename = 'calls' \gset
reset role;
select matches(current_setting('tap.told'), 'words of a',
    'D15: a leaky function was shown a''s words');
select unalike(current_setting('tap.told'), '%words of b%',
    'D15: and not b''s');
select is(:stats, 0, 'D15: statistics show a tenant nothing');
select isnt((select count(*) from pg_stats where tablename = 'calls'),
    0::bigint, 'D15: though there are some');

-- D16, D17: in bulk. (The command tries COPY: tests/cli/run.)
select is(tap.outcome('callward_tenant', :'a',
    'truncate public.intents'), 'denied', 'D16: no truncate');
select is(tap.outcome('callward_tenant', :'a',
    'create table pg_temp.r (i uuid references public.calls)'), '42P16',
    'D16: no reference from a temporary table');
select is(tap.outcome('callward_tenant', :'a',
    'create trigger t after insert on public.intents execute function'
    ' suppress_redundant_updates_trigger()'), 'denied', 'D16: no trigger');
set local row_security = off;
select is(tap.outcome(role, :'a', 'select id from public.calls'),
    'walled', 'D17, D19: without row security ' || role || ' gets an error')
from unnest(array['callward_tenant', 'callward_writer', 'callward_resolver',
    'callward_owner']) role;
set local row_security = on;

-- D18: what else could carry a tenant's rows away.
select is_empty('select pubname from pg_publication',
    'D18: no publication');
select is_empty($$ select oid::regprocedure from pg_proc
    where pronamespace = 'callward'::regnamespace
    and prokind = 'f' and pg_get_functiondef(oid) ~* '\mnotify\M|pg_notify|'
        'pg_advisory\w*\((?!\s*(pg_catalog\.)?hashtextextended)' $$,
    'D18: no notification, and no advisory lock but of a hash');

-- D20: what the operator keeps is written, not read or taken back.
select is(tap.outcome('callward_writer', '', stmt), 'denied',
    'D20: the writer: ' || stmt)
from unnest(array['select from callward.webhook_events',
    'update callward.webhook_events set verdict = ''accepted''',
    'delete from callward.webhook_events',
    'delete from callward.call_answers']) stmt;

-- D22: counters that tell how busy others are.
select is_empty($$ select relname from pg_class where relkind = 'S'
    and relnamespace in ('public'::regnamespace, 'callward'::regnamespace)
    and (relname <> 'routes_version' or exists (
        select from unnest('{callward_intake,callward_tenant,callward_writer,
            public}'::text[]) r
        where has_sequence_privilege(r, oid, 'select, usage, update'))) $$,
    'D22: no sequence that they see counts across tenants');

-- Claims that are nearly the owner's.
select is(tap.outcome('callward_tenant', claims, 'insert into public.intents'
    ' (name, slug) values (''x'', ''xx'')'), 'walled', 'D03: ' || claims)
from unnest(array['{"sub":"user_a"}', '{"sub":"user_a","callward_role":null}',
    '{"sub":"user_a","callward_role":"Owner"}',
    '{"sub":"user_a","callward_role":" owner"}',
    '{"sub":"user_a","callward_role":"admin"}',
    '{"sub":"user_a","callward_role":["owner"]}',
    '{"sub":"user_a","callward_role":true}', '{"sub":"user_a","role":"owner"}',
    '{"sub":"user_a","callward_role":"owner","callward_role":"desk"}'])
    claims;

-- Whom a login leads to is a row's to say, and nothing that is sent.
insert into callward.tenant_logins values ('org_x', 'user_a');
create function pg_temp.enters(claims text) returns text language plpgsql as $$
begin
	perform set_config('request.jwt.claims', '{"sub":"user_b"}', true);
	return coalesce(callward.tenant_enter(claims), 'nobody') || ' sees '
	    || coalesce(callward.current_user_id(), 'nothing');
end $$;
select is(pg_temp.enters(claims), due, 'D03: enters as ' || claims)
from (values ('{"callward_login":"org_x"}', 'user_a sees user_a'),
    ('{"callward_login":"org_x","sub":"user_b"}', 'user_a sees user_a'),
    ('{"callward_login":"user_a"}', 'nobody sees nothing'),
    ('{"sub":"user_a"}', 'nobody sees nothing'),
    ('{"callward_login":"org_y","callward_login":"user_a"}',
	'nobody sees nothing')) v (claims, due);

select * from finish();
rollback;

-- Callers who withhold their number, and fallbacks that were dialled before.
begin;
set search_path = tap, public;
\set a '{"sub":"user_a","callward_role":"owner"}'
\set callers `cat :'top'/tests/data/callers.tsv`
select plan(47);
select tap.scenario();

create function pg_temp.open(call integer, sid integer, sender text,
    forwarded text default null, diversion text default null,
    recipient text default '+15559999999')
returns callward.opening language sql as $$
	select tap.door(format('open_call(%L, %L, %L, %L, %L, %L, %L, null,'
	    ' 0, 0)', tap.u(call), tap.sid(sid), sender, recipient, recipient,
	    forwarded, diversion))::callward.opening
$$;
create function pg_temp.dial(sid integer, number text) returns void
language sql as $$
	select tap.door(format('settle_call(%L, %L, true, null, null, null)',
	    tap.sid(sid), '<Response><Dial>' || number || '</Dial></Response>'))
$$;
create function pg_temp.status(sid integer, sender text, status text)
returns text language sql as $$
	select concat_ws(' ', f.verdict, f.reason, f.user_id)
	from (select (tap.door(format('apply_status(%L, %L, %L, 3)',
	    tap.sid(sid), sender, status))::callward.filing).*) f
$$;
-- The fallbacks, and which of them was dialled: "number line number? line?".
create function pg_temp.told(o callward.opening) returns text
language sql as $$
	select concat_ws(' ', coalesce(right(o.fallback, 4), '-'),
	    coalesce(right(o.line_fallback, 4), '-'), o.dialled_recently,
	    o.line_dialled_recently)
$$;

-- The list, as the program has it (tests/unit/test_phone.c).
create temporary table callers as
select split_part(line, E'\t', 1) as caller, split_part(line, E'\t', 2) as want
from regexp_split_to_table(:'callers', E'\n') line
where line !~ '^#' and line <> '';
select is((select count(*) from callers), 34::bigint, 'the list was read');
select is_empty($$ select caller from callers
    where callward.is_withheld(caller) is distinct from (want = 'yes') $$,
    'the database says what the program says');
select is(callward.is_withheld(null), true, 'nothing at all');

-- Nobody comes to have one.
select is(tap.outcome('callward_tenant', :'a',
    'insert into public.phone_numbers (phone_number) values (''' || caller
    || ''')'), '23514', 'a tenant cannot add ' || caller)
from callers where caller ~ '^\+[1-9][0-9]{6,}$' and want = 'yes';
select is(tap.outcome('callward_writer', :'a',
    'insert into public.phone_numbers (user_id, phone_number, status)'
    ' values (''user_a'', ''+2562533'', ''active'')'), '23514',
    'nor the operator''s command');
select is(tap.outcome('callward_writer', :'a', format(
    'update public.phone_numbers set phone_number = ''+8656696'''
    ' where id = %L', tap.u(801))), '23514', 'nor change one into it');
select is(tap.outcome('callward_tenant', :'a',
    'insert into public.phone_numbers (phone_number)'
    ' values (''+26669668700'')'), '1', 'a number that only begins alike');

-- Rows from before.
alter table public.phone_numbers disable trigger user;
insert into public.phone_numbers (id, user_id, phone_number, status,
    match_rule)
values (tap.u(810), 'user_a', '+266696687', 'active', 'from'),
    (tap.u(811), 'user_a', '+7378742833', 'active', 'forwarded_from'),
    (tap.u(812), 'user_a', '+2562533', 'paused', 'from');
alter table public.phone_numbers enable trigger user;
select is((pg_temp.open(1, 1, '+266696687')).verdict, 'unknown',
    'a row from before does not make an owner');
select is((pg_temp.open(2, 2, '+15554445555', '+7378742833')).verdict,
    'unknown', 'under no rule');
select is(tap.outcome('callward_tenant', :'a', format(
    'update public.phone_numbers set label = ''old'' where id = %L',
    tap.u(810))), '1', 'its label can be changed');
select is(tap.outcome('callward_writer', :'a', format(
    'update public.phone_numbers set status = ''released'' where id = %L',
    tap.u(810))), '1', 'it can be given up');
select is(tap.outcome('callward_writer', :'a', format(
    'update public.phone_numbers set status = ''active'' where id = %L',
    tap.u(812))), '23514', 'and not be taken into use');

-- Such a call is answered like any other where another rule finds the owner.
insert into public.phone_numbers (id, user_id, phone_number, status,
    match_rule, fallback_number)
values (tap.u(820), 'user_a', '+15554000001', 'active', 'forwarded_from',
        '+15557770003'),
    (tap.u(821), 'user_b', '+15554000002', 'active', 'forwarded_from',
        '+15557770004'),
    (tap.u(822), 'user_b', '+15554000003', 'active', 'diversion',
        '+15557770004');
create temporary table o as
select * from pg_temp.open(10, 10, '+266696687', '+15554000001');
select is(verdict || ' ' || user_id || ' ' || owner_rule,
    'new user_a forwarded_from', 'withheld: served') from o;
select is((select caller_phone_number from public.calls where id = tap.u(10)),
    '+266696687', 'withheld: stored as it came');
select is((pg_temp.open(11, 11, '', '+15554000001')).verdict, 'new',
    'empty: served');
select is((pg_temp.open(12, 12, null, '+15554000001')).verdict, 'new',
    'nothing: served');
select is((select caller_phone_number from public.calls where id = tap.u(12)),
    'anonymous', 'nothing: stored as a word');
select is((pg_temp.open(13, 10, 'anonymous', '+15554000001')).verdict, 'wait',
    'another copy of it, spelt otherwise');
select is((pg_temp.open(14, 10, '+15554445555', '+15554000001')).verdict,
    'mismatch', 'with a number: another');
select is((pg_temp.open(20, 20, '+15554445555', '+15554000001')).verdict,
    'new', 'one with a number');
select is((pg_temp.open(21, 20, 'anonymous', '+15554000001')).verdict,
    'mismatch', 'and then withheld: another');

-- Its status callback.
select is(pg_temp.status(10, 'RESTRICTED', 'completed'), 'accepted user_a',
    'withheld is withheld');
select is((select status from public.calls where id = tap.u(10)), 'completed',
    'and the call is over');
select is(pg_temp.status(11, '+15554445555', 'completed'),
    'quarantined call_sid_mismatch', 'a number is not withheld');
select is(pg_temp.status(20, 'anonymous', 'completed'),
    'quarantined call_sid_mismatch', 'and withheld is no number');
select is(pg_temp.status(1, 'anonymous', 'completed'), 'stale',
    'a call that was nobody''s');
select is(pg_temp.status(99, 'anonymous', 'completed'),
    'quarantined unknown_call', 'one that was never seen');
-- As an earlier release kept it.
update callward.call_answers set sender = '+266696687'
where call_sid = tap.sid(1);
select is(pg_temp.status(1, 'anonymous', 'completed'), 'stale',
    'an answer from before: withheld as well');
select is((pg_temp.open(15, 1, 'unknown')).verdict, 'wait',
    'and for a copy');

-- The guard against loops is by the number that would be dialled.
select is(pg_temp.told(pg_temp.open(30, 30, '+15554445555',
    '+15554000001')), '0003 0000 f f', 'nothing was dialled');
select pg_temp.dial(30, '+15557770003') \g /dev/null
select is(pg_temp.told(pg_temp.open(31, 31, '+15554445555',
    '+15554000001')), '0003 0000 t f', 'A''s fallback was, for this patient');
select is(pg_temp.told(pg_temp.open(32, 32, '+15554445555',
    '+15554000002')), '0004 0000 f f', 'B''s was not');
select is(pg_temp.told(pg_temp.open(33, 33, '+15554446666',
    '+15554000001')), '0003 0000 f f', 'nor A''s for another patient');
select pg_temp.dial(32, '+15558880000') \g /dev/null
select is(pg_temp.told(pg_temp.open(34, 34, '+15554445555',
    '+15554000002')), '0004 0000 f t', 'the line''s, for this patient');
select is(pg_temp.told(pg_temp.open(35, 35, '+15554445555',
    '+15554000001', '+15554000003')), '- 0000 f t',
    'two owners: the line''s alone, and it was');
select tap.door(format('settle_call(%L, %L, true, null, null, null)',
    tap.sid(34), '{"destination":{"number":"+15557770004"}}')) \g /dev/null
select is(pg_temp.told(pg_temp.open(36, 36, '+15554445555',
    '+15554000002')), '0004 0000 t t', 'what Vapi was told counts as well');
update callward.call_answers set opened_at = opened_at - interval '1 hour';
select is(pg_temp.told(pg_temp.open(37, 37, '+15554445555',
    '+15554000001')), '0003 0000 f f', 'a minute later neither');

-- Withheld callers are counted by the rest of what the call carries.
select pg_temp.open(40, 40, 'anonymous', '+15554000001') \g /dev/null
select pg_temp.dial(40, '+15558880000') \g /dev/null
select is(pg_temp.told(pg_temp.open(41, 41, '+266696687', '+15554000001')),
    '0003 0000 f t', 'withheld: of one number together');
select is(pg_temp.told(pg_temp.open(42, 42, 'anonymous', '+15554000002')),
    '0004 0000 f f', 'withheld: of another not');
select is(pg_temp.told(pg_temp.open(43, 43, 'anonymous', null,
    '+15554000003')), '0004 0000 f f', 'withheld: nor by another rule');

-- A copy knows the fallback of the call that it is a copy of.
select is(pg_temp.told(pg_temp.open(51, 20, '+15554445555', '+15554000001')),
    '0003 0000 f f', 'wait: with the fallbacks');
select pg_temp.dial(20, '+15557770003') \g /dev/null
select is(pg_temp.told(pg_temp.open(52, 20, '+15554445555', '+15554000001')),
    '0003 0000 f f', 'repeat: with the fallbacks');
select is(pg_temp.told(pg_temp.open(53, 35, '+15554445555')), '- 0000 f f',
    'wait, of nobody''s call: with the line''s');

select * from finish();
rollback;

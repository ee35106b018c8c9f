-- The functions of an arriving call, each called as the webhook role after
-- another tenant's leftovers (tap.door sees to both).
begin;
set search_path = tap, public;
select plan(96);
select tap.scenario();

create function pg_temp.open(call integer, sid integer, sender text,
    recipient text default '+15559999999', forwarded text default null,
    diversion text default null, at_once integer default 0,
    per_minute integer default 0, called text default null)
returns callward.opening language sql as $$
	select
	    tap.door(format('open_call(%L, %L, %L, %L, %L, %L, %L, %L, %s, %s)',
	    tap.u(call), tap.sid(sid), sender, recipient,
	    coalesce(called, recipient), forwarded, diversion,
	    'TN-Validation-Passed-A', at_once, per_minute))::callward.opening
$$;
create function pg_temp.bind(owner text, call integer, sid integer,
    vapi text, answer text default '<Response/>')
returns callward.settlement language sql as $$
	select tap.door(format('bind_session(%L, %L, %L, %L, %L, %L)',
	    owner, tap.u(call), tap.sid(sid), vapi, answer,
	    '{"seal":"s"}'))::callward.settlement
$$;
create function pg_temp.settle(sid integer, answer text,
    dialled boolean default false, owner text default null,
    call integer default null, reason text default null)
returns callward.settlement language sql as $$
	select tap.door(format('settle_call(%L, %L, %L, %L, %L, %L)',
	    tap.sid(sid), answer, dialled, owner, tap.u(call),
	    reason))::callward.settlement
$$;
-- What the last calls left in the inbox, once.
create function pg_temp.inbox() returns text language sql as $$
	with gone as (delete from callward.webhook_events returning *)
	select string_agg(concat_ws(' ', provider, event_type, verdict, reason,
	    user_id), '; ' order by verdict, reason) from gone
$$;

-- The scenario of the design: A's is A's, B's is B's, others are rejected.
create temporary table o as select * from pg_temp.open(1, 1, '+15551111111');
select is(verdict, 'new', 'A calls: new') from o;
select is(user_id, 'user_a', 'A''s call is A''s') from o;
select is(call_id, tap.u(1), 'under the id that was given') from o;
select is(assistant_id, tap.u(901), 'A''s assistant') from o;
select is(phone_number_id, tap.u(801), 'A''s number') from o;
select is(vapi_assistant_id, 'vapi-a', 'the assistant''s Vapi id') from o;
select is(owner_rule, 'from', 'by the one rule') from o;
select is(vapi_phone_number_id, 'vapi-line-1', 'the line''s Vapi id') from o;
select is(fallback, '+15557770001', 'the number''s fallback') from o;
select is(line_fallback, '+15558880000', 'the line''s fallback') from o;
select is(dialled_recently, false, 'nothing was dialled') from o;
select is((pg_temp.open(2, 2, '+15552222222')).user_id, 'user_b',
    'B''s call is B''s');
select is((pg_temp.open(3, 3, '+15552222222')).vapi_assistant_id, 'vapi-own',
    'the number''s own Vapi id wins over the assistant''s');
select is(pg_temp.inbox(), null, 'calls that open leave nothing in the inbox');
select results_eq($$ select user_id, status, caller_phone_number,
    assistant_phone_number, twilio_call_sid, owner_rule, stir_verstat,
    phone_number_id from public.calls where id = tap.u(1) $$, $$ values
    ('user_a' collate "C", 'initiated', '+15551111111', '+15559999999',
    tap.sid(1), 'from', 'TN-Validation-Passed-A', tap.u(801)) $$,
    'the row of A''s call');
select is(tap.outcome('callward_tenant', '{"sub":"user_a"}',
    'select id from public.calls'), '1', 'A sees 1');
select is(tap.outcome('callward_tenant', '{"sub":"user_b"}',
    'select id from public.calls'), '2', 'B sees its 2');
select is(tap.outcome('callward_tenant', '{"sub":"user_b"}',
    'select id from public.calls where user_id = ''user_a'''), '0',
    'read across 0');

-- Refusals leave a line for the operator and no row of a tenant.
create temporary table before as select count(*) as calls from public.calls;
truncate o;
insert into o select * from pg_temp.open(10, 10, '+15553333333');
select is(verdict, 'unknown', 'any other number: unknown') from o;
select is(user_id, null, 'and nobody''s') from o;
select is(fallback, null, 'with no number''s fallback') from o;
select is(line_fallback, '+15558880000', 'with the line''s fallback') from o;
select is((select details from callward.webhook_events), jsonb_build_object(
    'from', '+15553333333', 'to', '+15559999999', 'forwarded_from', null,
    'diversion', null, 'stir_verstat', 'TN-Validation-Passed-A', 'read',
    jsonb_build_object('forwarded_from', null, 'diversion', null)),
    'the operator sees what came');
select is(pg_temp.inbox(), 'twilio voice rejected unknown_number',
    'unknown: recorded');
select is((pg_temp.open(11, 11, '+15551111111', '+15550000000')).verdict,
    'unlisted', 'To is no line of ours');
select is(pg_temp.inbox(), 'twilio voice rejected unlisted_line',
    'unlisted: recorded');
select is((pg_temp.open(11, 11, '+15551111111', '+15550000000')).verdict,
    'unlisted', 'the same attempt sent again: the same');
select is((pg_temp.open(11, 11, '+15551111111', '+15550000000')).verdict,
    'unlisted', 'and again');
select is(pg_temp.inbox(), 'twilio voice rejected unlisted_line',
    'recorded once');
select is((pg_temp.open(12, 12, 'anonymous')).verdict, 'unknown',
    'anonymous: unknown');
select is((pg_temp.open(13, 13, null)).verdict, 'unknown',
    'no sender at all: unknown');
select is((pg_temp.open(14, 14, '+1555111111%')).verdict, 'unknown',
    'a number is compared whole');
select is((select count(*) from public.calls), calls,
    'no refusal made a row') from before;
select isnt(pg_temp.inbox(), null, 'each left a line');

-- Only active rows, each by its own rule.
insert into public.phone_numbers (id, user_id, phone_number, status,
    match_rule, vapi_assistant_id)
values (tap.u(811), 'user_a', '+15554000001', 'pending', 'from', null),
    (tap.u(812), 'user_a', '+15554000002', 'paused', 'from', null),
    (tap.u(813), 'user_a', '+15554000003', 'released', 'from', null),
    (tap.u(814), 'user_a', '+15554000004', 'active', 'forwarded_from', 'f'),
    (tap.u(815), 'user_b', '+15554000005', 'active', 'diversion', 'd'),
    (tap.u(816), 'user_b', '+15559999998', 'active', 'to', 't'),
    (tap.u(817), 'user_a', '+15554000007', 'active', 'forwarded_from', 'f');
select is((pg_temp.open(20, 20, '+15554000001')).verdict, 'unknown',
    'a pending number leads nowhere');
select is((pg_temp.open(21, 21, '+15554000002')).verdict, 'unknown',
    'nor does a paused one');
select is((pg_temp.open(22, 22, '+15554000003')).verdict, 'unknown',
    'nor a released one');
select is((pg_temp.open(23, 23, '+15554000004')).verdict, 'unknown',
    'a forwarded_from number does not count as From');
truncate o;
insert into o select * from pg_temp.open(24, 24, '+15556666666',
    forwarded => '+15554000004');
select is(user_id || ' ' || owner_rule || ' ' || vapi_assistant_id,
    'user_a forwarded_from f', 'ForwardedFrom leads to A') from o;
select is((select caller_phone_number || forwarded_from from public.calls
    where id = tap.u(24)), '+15556666666+15554000004',
    'the caller and the evidence are kept');
select is((pg_temp.open(25, 25, '+15556666666',
    forwarded => '+15554000004', called => '+15554000004')).verdict,
    'unknown', 'ForwardedFrom that equals Called does not count');
select is((pg_temp.open(26, 26, '+15556666666',
    forwarded => '+15551111111')).verdict,
    'unknown', 'a from number does not count as ForwardedFrom');
select is((pg_temp.open(27, 27, 'anonymous',
    diversion => '+15554000005')).owner_rule,
    'diversion', 'Diversion leads to B');
truncate o;
insert into o select * from pg_temp.open(28, 28, 'anonymous',
    '+15559999998');
select is(user_id || ' ' || owner_rule, 'user_b to',
    'a dedicated line leads to B') from o;
select is(line_fallback, null, 'a fallback that is a line of ours is none')
from o;
select is((pg_temp.open(29, 29, '+15551111111',
    forwarded => '+15554000004')).owner_rule, 'from',
    'two signals of one owner: the first rule');
select pg_temp.inbox() \g /dev/null
truncate o;
insert into o select * from pg_temp.open(30, 30, '+15551111111',
    diversion => '+15554000005');
select is(verdict, 'conflict', 'two owners: a conflict') from o;
select is(concat(user_id, fallback, call_id::text), '', 'and nobody''s')
from o;
select is(line_fallback, '+15558880000', 'with the line''s fallback') from o;
select is(pg_temp.inbox(), 'twilio voice rejected owner_conflict',
    'conflict: recorded');
select throws_ok($$ insert into public.phone_numbers
    (user_id, phone_number, status, match_rule)
    values ('user_b', '+15551111111', 'active', 'to') $$, '23505', null,
    'an active number has one owner');
select lives_ok($$ insert into public.phone_numbers
    (user_id, phone_number, status)
    values ('user_b', '+15551111111', 'pending') $$,
    'anybody may claim it meanwhile');
update public.phone_numbers set fallback_number = '+15559999999'
where id = tap.u(802);
select is((pg_temp.open(31, 31, '+15552222222')).fallback, null,
    'nor is a number''s fallback one of our lines');

-- The answer by CallSid comes before the number.
select is((pg_temp.open(1, 1, '+15551111111')).verdict, 'new',
    'the same attempt sent again: as new');
select is((select count(*) from public.calls where twilio_call_sid =
    tap.sid(1)), 1::bigint, 'with one row');
select is(pg_temp.inbox(), null, 'and nothing in the inbox');
truncate o;
insert into o select * from pg_temp.open(40, 1, '+15551111111');
select is(verdict, 'wait', 'another attempt: wait') from o;
select cmp_ok(age_ms, '>=', 0::bigint, 'with the age of the first') from o;
select is(pg_temp.inbox(), 'twilio voice duplicate', 'wait: recorded');
select is((pg_temp.open(41, 1, '+15552222222')).verdict, 'mismatch',
    'another From: mismatch');
select is(pg_temp.inbox(), 'twilio voice rejected call_sid_mismatch',
    'mismatch: recorded');
select is(pg_temp.bind('user_a', 1, 1, 'v1', '<A/>'),
    ('bound', '<A/>')::callward.settlement, 'bound');
select results_eq($$ select user_id, vapi_call_id, seal, answer, is_withheld
    from callward.sessions where call_id = tap.u(1) $$, $$ values (
    'user_a' collate "C", 'v1' collate "C", 's', '<A/>', true) $$,
    'its session has the Vapi id, the seal and the answer');
select is((select vapi_call_id || metadata::text from public.calls
    where id = tap.u(1)), null, 'and the call''s own row neither');
select is(pg_temp.bind('user_a', 1, 1, 'v1', '<A/>'),
    ('bound', '<A/>')::callward.settlement, 'bound again');
update public.phone_numbers set status = 'released' where id = tap.u(801);
truncate o;
insert into o select * from pg_temp.open(42, 1, '+15551111111');
select is(verdict || ' ' || answer, 'repeat <A/>',
    'the first answer, although the number is nobody''s now') from o;
update public.phone_numbers set status = 'active' where id = tap.u(801);
select is(pg_temp.inbox(), 'twilio voice duplicate', 'repeat: recorded');
select is((pg_temp.open(1, 1, '+15551111111')).answer, '<A/>',
    'the first attempt itself gets it too');
select is(pg_temp.inbox(), null, 'unrecorded');
select is(tap.door(format('find_answer(%L)', tap.sid(1)))
    like '(answered,<A/>,%', true, 'find_answer: answered');
select is(tap.door(format('find_answer(%L)', tap.sid(2)))
    like '(working,,%', true, 'find_answer: working');
select is(tap.door(format('find_answer(%L)', tap.sid(999))), null,
    'find_answer: absent');

-- A number that changes hands between two sendings of one attempt.
select pg_temp.open(50, 50, '+15551111111') \g /dev/null
update public.phone_numbers set status = 'released' where id = tap.u(801);
insert into public.phone_numbers (id, user_id, phone_number, status)
values (tap.u(850), 'user_c', '+15551111111', 'active');
truncate o;
insert into o select * from pg_temp.open(50, 50, '+15551111111');
select is(verdict || ' ' || user_id, 'new user_a', 'the owner stays') from o;
select is((select count(*) from public.calls where id = tap.u(50)),
    1::bigint, 'and there is one row');
delete from public.phone_numbers where id = tap.u(850);
update public.phone_numbers set status = 'active' where id = tap.u(801);

-- An older call of the same CallSid, whose answer nobody knows.
insert into public.calls (id, user_id, caller_phone_number,
    assistant_phone_number, twilio_call_sid, created_at)
values (tap.u(60), 'user_a', '+15551111111', '+15559999999', tap.sid(60),
    now() - interval '1 day');
truncate o;
insert into o select * from pg_temp.open(61, 60, '+15551111111');
select is(verdict, 'wait', 'does not ring twice') from o;
select cmp_ok(age_ms, '>', 80000000::bigint, 'and is past waiting for')
from o;

-- Bindings that are refused.
select is((pg_temp.bind('user_b', 2, 2, 'v1')).verdict, 'taken',
    'a Vapi call of another tenant''s call');
select is((pg_temp.bind('user_a', 24, 24, 'v1')).verdict, 'taken',
    'a Vapi call of another call');
select is((pg_temp.bind('user_a', 1, 1, 'v9')).verdict, 'taken',
    'a call that has another Vapi call');
select is((pg_temp.bind('user_b', 1, 1, 'v9')).verdict, 'absent',
    'another tenant''s call');
select is((pg_temp.bind('user_a', 70, 70, 'v9')).verdict, 'absent',
    'no such call');
insert into public.calls (id, user_id, caller_phone_number,
    assistant_phone_number, vapi_call_id)
values (tap.u(62), 'user_b', 'x', 'y', 'v62');
select is((pg_temp.bind('user_a', 24, 24, 'v62')).verdict, 'taken',
    'one that was bound before there were sessions');
select is((callward.call_of_vapi('v62')).call_id, tap.u(62),
    'which is found as before');
delete from public.calls where id = tap.u(62);
select is((select count(*) from public.calls
    where vapi_call_id is not null) + (select count(*)
    from callward.sessions), 1::bigint, 'nothing was written');

-- Ends without an assistant.
update public.phone_numbers set fallback_number = '+15557770002'
where id = tap.u(802);
select is(pg_temp.settle(2, '<Dial>+15557770002</Dial>', true, 'user_b', 2,
    'callward-vapi'), ('settled', '<Dial>+15557770002</Dial>')
    ::callward.settlement, 'settled');
select results_eq($$ select status, ended_reason, ended_at is not null
    from public.calls where id = tap.u(2) $$,
    $$ values ('failed', 'callward-vapi', true) $$, 'its call has failed');
select is(pg_temp.settle(2, '<Other/>', false, 'user_b', 2, 'callward-x'),
    ('repeat', '<Dial>+15557770002</Dial>')::callward.settlement,
    'the first answer stands');
select is((pg_temp.settle(998, 'x')).verdict, 'absent', 'no such CallSid');
select is(pg_temp.bind('user_b', 2, 2, 'v2', '<B/>'),
    ('settled', '<Dial>+15557770002</Dial>')::callward.settlement,
    'a session that comes too late learns what was answered');
select is((select vapi_call_id || ' ' || status from public.calls
    where id = tap.u(2)), 'v2 failed', 'and is kept with the call');
select is((pg_temp.open(71, 71, '+15552222222')).dialled_recently, true,
    'the fallback was dialled for this caller just now');
update callward.call_answers set opened_at = opened_at - interval '1 hour';
select is((pg_temp.open(72, 72, '+15552222222')).dialled_recently, false,
    'a minute later it was not');
select is((pg_temp.settle(71, '<Late/>', reason => 'callward-lost')).verdict,
    'settled', 'a waiter closes what the first attempt left behind');
select is((select status from public.calls where id = tap.u(71)), 'failed',
    'its call as well');
select is((pg_temp.settle(72, '<Late/>')).verdict, 'settled',
    'without a reason too');
select is((select status from public.calls where id = tap.u(72)),
    'initiated', 'but then not its call');

select * from finish();
rollback;

-- Two of a call's statements at once, on two connections that both commit: the
-- keys of a CallSid, of a session and of Vapi's id decide. And two copies of a
-- webhook around a change of hands, one after the other and at once.
begin;
set search_path = tap, public;
select plan(40);
create extension dblink schema tap;
commit;
set search_path = tap, public;

select dblink_connect(c, format('host=%s port=%s dbname=%s user=%s',
    current_setting('unix_socket_directories'), current_setting('port'),
    current_database(), current_user)) from unnest('{a,b}'::text[]) c
    \g /dev/null
select tap.scenario() \g /dev/null

create function pg_temp.open(call integer, sid integer,
    sender text default '+15551111111') returns text language sql as $$
	select format('select concat_ws('' '', verdict, user_id, answer) from'
	    ' callward.open_call(%L, %L, %L, ''+15559999999'', null, null,'
	    ' null, null, 0, 0)', tap.u(call), tap.sid(sid), sender)
$$;
create function pg_temp.bind(owner text, call integer, sid integer, vapi text,
    answer text) returns text language sql as $$
	select format('select concat_ws('' '', verdict, answer) from'
	    ' callward.bind_session(%L, %L, %L, %L, %L, ''{"seal":"s"}'')',
	    owner, tap.u(call), tap.sid(sid), vapi, answer)
$$;
create function pg_temp.settle(sid integer, answer text, owner text,
    call integer) returns text language sql as $$
	select format('select concat_ws('' '', verdict, answer) from'
	    ' callward.settle_call(%L, %L, false, %L, %L, ''callward-lost'')',
	    tap.sid(sid), answer, owner, tap.u(call))
$$;
-- What it says on this connection, within a transaction that stays open.
create function pg_temp.says(c text, stmt text) returns text
language plpgsql as $$
declare
	told text;
begin
	perform dblink_exec(c, 'set role callward_intake');
	select t.told into told from dblink(c, stmt) as t (told text);
	perform dblink_exec(c, 'reset role');
	return told;
end $$;
-- The same where b has to wait for a, which then ends as it is told to: "no"
-- if b did not wait.
create function pg_temp.says_after(stmt text, ending text) returns text
language plpgsql as $$
declare
	pid_b integer := (select pid from dblink('b', 'select pg_backend_pid()')
	    as t (pid integer));
	told text;
	tries integer := 0;
begin
	perform dblink_exec('b', 'set role callward_intake');
	perform dblink_send_query('b', stmt);
	while pg_blocking_pids(pid_b) = '{}' and dblink_is_busy('b') = 1
	    and tries < 3000 loop
		perform pg_sleep(0.01);
		tries := tries + 1;
	end loop;
	if pg_blocking_pids(pid_b) = '{}' then
		told := 'no: ';
	end if;
	perform dblink_exec('a', ending);
	told := concat(told, (select t.told from dblink_get_result('b')
	    as t (told text)));
	perform from dblink_get_result('b') as t (told text);
	perform dblink_exec('b', 'reset role');
	return told;
end $$;
-- A's number goes to B, or back.
create function pg_temp.give(owner text) returns void language sql as $$
	update public.phone_numbers set status = 'released'
	where phone_number = '+15551111111';
	insert into public.phone_numbers (user_id, phone_number, status,
	    vapi_assistant_id) values (owner, '+15551111111', 'active', 'v')
$$;
create function pg_temp.owners(sid integer) returns text language sql as $$
	select string_agg(user_id, ',') from public.calls
	where twilio_call_sid = tap.sid(sid)
$$;

-- One after the other: the first answer, whoever has the number.
select is(pg_temp.says('a', pg_temp.open(1, 1)), 'new user_a', 'A''s call');
select is(pg_temp.says('a', pg_temp.bind('user_a', 1, 1, 'v1', '<A/>')),
    'bound <A/>', 'has its session');
select pg_temp.give('user_b') \g /dev/null
select is(pg_temp.says('b', pg_temp.open(2, 1)), 'repeat <A/>',
    'a copy after the change of hands gets the first answer');
select is(pg_temp.says('b', pg_temp.open(3, 1, '+15552222222')), 'mismatch',
    'one with another From is none');
select is(pg_temp.owners(1), 'user_a', 'and there is one call, A''s');
select is(pg_temp.says('a', pg_temp.open(11, 11)), 'new user_b',
    'a call after it is B''s');
select is(pg_temp.says('a', pg_temp.bind('user_b', 11, 11, 'v11', '<B/>')),
    'bound <B/>', 'with a session');
select pg_temp.give('user_a') \g /dev/null
select is(pg_temp.says('b', pg_temp.open(12, 11)), 'repeat <B/>',
    'its copy, when A has the number again, gets B''s answer');
select is(pg_temp.owners(11), 'user_b', 'and is no call of A''s');

-- At once: the copy waits for the first, and is none of the new owner's.
-- (A call before it has prepared what the clinic has set: who changes that waits
-- for a call that does.)
select pg_temp.says('a', pg_temp.open(20, 20)) \g /dev/null
select dblink_exec('a', 'begin') \g /dev/null
select is(pg_temp.says('a', pg_temp.open(21, 21)), 'new user_a', 'A''s call');
select pg_temp.give('user_b') \g /dev/null
select is(pg_temp.says_after(pg_temp.open(22, 21), 'commit'), 'wait',
    'a copy that comes while the number changes hands waits for it');
select is(pg_temp.owners(21), 'user_a', 'and there is one call, A''s');
select is(pg_temp.says('b', pg_temp.open(21, 21)), 'new user_a',
    'the attempt itself, sent again, goes on as A''s');
select pg_temp.says('a', pg_temp.open(19, 19)) \g /dev/null
select dblink_exec('a', 'begin') \g /dev/null
select is(pg_temp.says('a', pg_temp.open(23, 23)), 'new user_b', 'B''s call');
select pg_temp.give('user_a') \g /dev/null
select is(pg_temp.says_after(pg_temp.open(24, 23), 'rollback'), 'new user_a',
    'where the first came to nothing the copy is a call, of who has it now');
select dblink_exec('a', 'begin') \g /dev/null
select is(pg_temp.says('a', pg_temp.open(25, 25)), 'new user_a', 'A''s call');
select is(pg_temp.says_after(pg_temp.open(26, 25, '+15552222222'), 'commit'),
    'mismatch', 'a copy at once with another From is none');
select is(pg_temp.owners(25), 'user_a', 'and no call of B''s');

-- An answer and a session at once: one of the two.
select dblink_exec('a', 'begin') \g /dev/null
select is(pg_temp.says('a', pg_temp.bind('user_a', 21, 21, 'v21', '<A/>')),
    'bound <A/>', 'a session is bound');
select is(pg_temp.says_after(pg_temp.settle(21, '<Say/>', null, null),
    'commit'), 'repeat <A/>', 'who gives the call up meanwhile learns of it');
select is(status, 'initiated', 'and does not end it') from public.calls
where id = tap.u(21);
select is(pg_temp.says('b', pg_temp.open(27, 21)), 'repeat <A/>',
    'a copy gets that answer');
select dblink_exec('a', 'begin') \g /dev/null
select is(pg_temp.says('a', pg_temp.settle(25, '<Say/>', null, null)),
    'settled <Say/>', 'a call is given up');
select is(pg_temp.says_after(pg_temp.bind('user_a', 25, 25, 'v25', '<A/>'),
    'commit'), 'settled <Say/>', 'a session that is bound meanwhile learns it');
select is(pg_temp.says('b', pg_temp.open(28, 25)), 'repeat <Say/>',
    'a copy gets that answer, too');

-- Two calls, one call of Vapi's.
select is(pg_temp.says('a', pg_temp.open(31, 31)), 'new user_a', 'one of A''s');
select is(pg_temp.says('a', pg_temp.open(32, 32, '+15552222222')),
    'new user_b', 'one of B''s');
select dblink_exec('a', 'begin') \g /dev/null
select is(pg_temp.says('a', pg_temp.bind('user_a', 31, 31, 'v31', '<A/>')),
    'bound <A/>', 'one is bound');
select is(pg_temp.says_after(pg_temp.bind('user_b', 32, 32, 'v31', '<B/>'),
    'commit'), 'taken', 'two calls that bind one Vapi call at once');
select is(string_agg(user_id, ','), 'user_a', 'it is the first one''s')
from callward.sessions where vapi_call_id = 'v31';

-- A sealed message and the binding of its session at once.
create function pg_temp.message(call integer, vapi text) returns text
language sql as $$
	select format('select concat_ws('' '', verdict, reason, user_id) from'
	    ' callward.apply_event(''user_a'', %L, null, null,'
	    ' ''+15551111111'', ''+15559999999'', ''{"seal":"s"}'', %L, null,'
	    ' ''status-update'', ''in-progress'', null, null, null, null, null,'
	    ' null, null, null, 1)', tap.u(call), vapi)
$$;
select is(pg_temp.says('a', pg_temp.open(41, 41)), 'new user_a', 'A''s call');
select dblink_exec('a', 'begin') \g /dev/null
select is(pg_temp.says('a', pg_temp.message(41, 'v41')), 'accepted user_a',
    'a message comes before its session is bound');
select is(pg_temp.says_after(pg_temp.bind('user_a', 41, 41, 'v41', '<A/>'),
    'commit'), 'bound <A/>', 'which is bound all the same');
select is(pg_temp.says('b', pg_temp.open(42, 41)), 'repeat <A/>',
    'and a copy gets its answer');
select is(pg_temp.says('b', pg_temp.bind('user_a', 41, 41, 'v42', '<A/>')),
    'taken', 'another session of the call is not bound');
select is(pg_temp.says('b', pg_temp.settle(41, '<Say/>', null, null)),
    'repeat <A/>', 'nor is the call given up');
select is(pg_temp.says('a', pg_temp.open(43, 43)), 'new user_a', 'A''s call');
select dblink_exec('a', 'begin') \g /dev/null
select is(pg_temp.says('a', pg_temp.bind('user_a', 43, 43, 'v43', '<A/>')),
    'bound <A/>', 'a session is bound');
select is(pg_temp.says_after(pg_temp.message(43, 'v43'), 'commit'),
    'accepted user_a', 'a message of it that comes meanwhile is accepted');
select is(pg_temp.says('b', pg_temp.message(43, 'v44')),
    'quarantined call_mismatch', 'one of another session is not');

select dblink_disconnect(c) from unnest('{a,b}'::text[]) c \g /dev/null
truncate public.calls, public.phone_numbers, public.assistants,
    callward.sessions, callward.call_answers, callward.webhook_events,
    callward.assistant_numbers, callward.audit_log, callward.routes,
    callward.to_index cascade;
drop extension dblink;
select * from finish();

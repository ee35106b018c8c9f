-- A number changes hands: what is late for a call of A stays A's, whatever
-- B has meanwhile, and what comes new is B's.
begin;
set search_path = tap, public;
select plan(22);
select tap.scenario();

create function pg_temp.open(call integer, sid integer)
returns callward.opening language sql as $$
	select tap.door(format('open_call(%L, %L, ''+15551111111'','
	    ' ''+15559999999'', null, null, null, null, 0, 0)', tap.u(call),
	    tap.sid(sid)))::callward.opening
$$;
-- A report; owner null: it came without metadata.
create function pg_temp.report(owner text, call integer, vapi text,
    number integer, words text) returns text language sql as $$
	select concat_ws(' ', f.verdict, f.reason, f.user_id)
	from (select (tap.door(format('apply_event(%L, %L, null, %L,'
	    ' ''+15551111111'', ''+15559999999'', ''{"seal":"s"}'', %L, null,'
	    ' ''end-of-call-report'', ''completed'', null, null, %L, null, null,'
	    ' null, null, null, null)', owner,
	    tap.u(call), tap.u(number), vapi, words))::callward.filing).*) f
$$;
create function pg_temp.words(tenant text) returns text language sql as $$
	select string_agg(transcript, ',' order by transcript)
	from public.calls where user_id = tenant
$$;

-- Three calls of A: two have their session, one has not yet.
select is((pg_temp.open(i, i)).user_id, 'user_a', 'a call of A')
from generate_series(1, 3) i;
select is((tap.door(format('bind_session(''user_a'', %L, %L, %L,'
    ' ''<Response/>'', ''{}'')', tap.u(i), tap.sid(i),
    'v' || i))::callward.settlement).verdict, 'bound', 'with a session')
from generate_series(1, 2) i;

-- The number goes to B.
update public.phone_numbers set status = 'released' where id = tap.u(801);
insert into public.phone_numbers (id, user_id, phone_number, status,
    vapi_assistant_id)
values (tap.u(803), 'user_b', '+15551111111', 'active', 'vapi-b');
select is((pg_temp.open(4, 4)).user_id, 'user_b', 'a new call is B''s');

select is(pg_temp.report('user_a', 1, 'v1', 801, 'sealed'),
    'accepted user_a', 'a late report under A''s seal is A''s');
select is(pg_temp.report(null, null, 'v2', null, 'bare'),
    'accepted user_a', 'one without metadata too: the row decides');
select is(pg_temp.report('user_a', 5, 'v5', 801, 'made'),
    'accepted user_a', 'one whose row is not there is A''s as well');
select is(pg_temp.report('user_b', 1, 'v1', 803, 'stolen'),
    'quarantined owner_mismatch', 'B''s seal takes nothing of A''s');
select is(pg_temp.report('user_b', 6, 'v2', 803, 'stolen'),
    'quarantined owner_mismatch', 'nor for a call of its own');
select is(pg_temp.report('user_a', 4, 'v4', 801, 'stolen'),
    'quarantined owner_mismatch', 'nor A''s of B''s new call');
select is((tap.door(format('bind_session(''user_a'', %L, %L, ''v3'','
    ' ''<Response/>'', ''{}'')', tap.u(3), tap.sid(3)))
    ::callward.settlement).verdict, 'bound',
    'a session that comes late is bound to A''s call');
select is((tap.door(format('apply_status(%L, ''+15551111111'', ''completed'','
    ' 5)', tap.sid(3)))::callward.filing).user_id, 'user_a',
    'Twilio''s late word on it is A''s');
select is((pg_temp.open(7, 1)).verdict, 'repeat',
    'a copy of A''s webhook gets A''s answer');
select is(pg_temp.words('user_a'), 'bare,made,sealed', 'A has its words');
select is(pg_temp.words('user_b'), null, 'B has none');

-- And A's row of the number goes away altogether.
delete from public.phone_numbers where id = tap.u(801);
select is(pg_temp.report('user_a', 3, 'v3', 801, 'later'),
    'accepted user_a', 'what is late still is A''s');
select is(pg_temp.report('user_a', 8, 'v8', 801, 'nobody''s'),
    'quarantined foreign_number', 'but no new row is made for it');
select is(pg_temp.report('user_a', 8, 'v8', 803, 'nobody''s'),
    'quarantined foreign_number', 'nor with B''s number in it');
select is(pg_temp.words('user_a') || pg_temp.words('user_b'), null,
    'B still has none');
select is(pg_temp.words('user_a'), 'bare,later,made,sealed',
    'and A all of its');

select * from finish();
rollback;

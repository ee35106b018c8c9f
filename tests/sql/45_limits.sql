-- Limits per number, and what counts against them.
begin;
set search_path = tap, public;
select plan(16);
select tap.scenario();
insert into public.phone_numbers (id, user_id, phone_number, status)
values (tap.u(803), 'user_a', '+15551110000', 'active');

create function pg_temp.verdict(call integer, at_once integer,
    per_minute integer, sender text default '+15551111111')
returns text language sql as $$
	select (tap.door(format('open_call(%L, %L, %L, %L, %L, null, null,'
	    ' null, %s, %s)', tap.u(call), tap.sid(call), sender,
	    '+15559999999', '+15559999999', at_once,
	    per_minute))::callward.opening).verdict
$$;
create function pg_temp.calls(status text, age interval, many integer)
returns void language sql as $$
	delete from public.calls;
	insert into public.calls (user_id, phone_number_id, status, created_at,
	    caller_phone_number, assistant_phone_number)
	select 'user_a', tap.u(801), calls.status, now() - age, 'x', 'y'
	from generate_series(1, many)
$$;

select pg_temp.calls('initiated', '10 s', 9) \g /dev/null
select is(pg_temp.verdict(1, 10, 0), 'new', 'the tenth at once');
select is(pg_temp.verdict(2, 10, 0), 'busy', 'the eleventh is too many');
select results_eq($$ select verdict, reason, user_id, details ->> 'from'
    from callward.webhook_events $$, $$ values ('rejected',
    'too_many_calls', 'user_a' collate "C", '+15551111111') $$,
    'recorded, with the owner');
select is((select count(*) from public.calls), 10::bigint,
    'without a row for it');
select is((tap.door(format('open_call(%L, %L, %L, %L, null, null, null,'
    ' null, 10, 0)', tap.u(3), tap.sid(3), '+15551111111',
    '+15559999999'))::callward.opening).fallback, '+15557770001',
    'busy has the number''s fallback');
select is(pg_temp.verdict(4, 10, 0, '+15551110000'), 'new',
    'the tenant''s other number is free');
select is(pg_temp.verdict(5, 10, 0, '+15552222222'), 'new',
    'another tenant is free');
select is(pg_temp.verdict(1, 10, 0), 'new',
    'an attempt sent again does not count against itself');
select is(pg_temp.verdict(6, 0, 0), 'new', '0 is no limit');

select pg_temp.calls('initiated', '61 s', 10) \g /dev/null
select is(pg_temp.verdict(10, 10, 0), 'new',
    'a call that nobody took up counts for a minute');
select pg_temp.calls('in-progress', '599 s', 10) \g /dev/null
select is(pg_temp.verdict(11, 10, 0), 'busy',
    'one in progress counts for as long as its assistant may talk');
select pg_temp.calls('in-progress', '601 s', 10) \g /dev/null
select is(pg_temp.verdict(12, 10, 0), 'new', 'and no longer');
select pg_temp.calls('completed', '10 s', 10) \g /dev/null
select is(pg_temp.verdict(13, 10, 0), 'new', 'a final one does not count');

select pg_temp.calls('completed', '10 s', 30) \g /dev/null
select is(pg_temp.verdict(14, 0, 30), 'busy', 'thirty in a minute');
select pg_temp.calls('completed', '10 s', 29) \g /dev/null
select is(pg_temp.verdict(15, 0, 30), 'new', 'twenty-nine are not');
select pg_temp.calls('completed', '61 s', 30) \g /dev/null
select is(pg_temp.verdict(16, 0, 30), 'new', 'nor thirty before that');

select * from finish();
rollback;

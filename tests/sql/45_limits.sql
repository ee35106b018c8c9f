-- Limits per number, and what counts against them.
begin;
set search_path = tap, public;
select plan(39);
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

-- A call whose end is in quarantine counts no more, and its row stays as it is.
create function pg_temp.kept(reason text, kind text, details text default null)
returns void language sql as $$
	delete from callward.webhook_events;
	select tap.door(format('record_event(%L, ''vapi'', %L, ''v1'', null,'
	    ' ''quarantined'', %L, %L, null, 9, null)', gen_random_uuid(),
	    kind, reason, details))
$$;
create function pg_temp.after(call integer, reason text, kind text,
    details text default null) returns text language plpgsql as $$
begin
	perform pg_temp.calls('in-progress', '60 s', 9);
	insert into public.calls (user_id, phone_number_id, status, created_at,
	    caller_phone_number, assistant_phone_number, vapi_call_id)
	values ('user_a', tap.u(801), 'in-progress', now() - interval '60 s',
	    'x', 'y', 'v1');
	perform pg_temp.kept(reason, kind, details);
	return pg_temp.verdict(call, 10, 0);
end $$;
select is(pg_temp.after(20, null, null), 'busy', 'ten in progress');
select is(pg_temp.after(21, 'unreadable_json', 'end-of-call-report'), 'new',
    'one''s report could not be read');
select is((select count(*) from public.calls where vapi_call_id = 'v1'
    and status = 'in-progress' and ended_at is null and ended_reason is null
    and duration_seconds is null), 1::bigint, 'its row says nothing of it');
select is(pg_temp.verdict(22, 10, 0), 'busy', 'it frees one place');
select is(pg_temp.after(23, 'too_large', 'end-of-call-report'), 'new',
    'or was too large');
select is(pg_temp.after(24, 'refused_by_database', 'end-of-call-report'),
    'new', 'or the database refused it');
select is(pg_temp.after(25, 'unreadable_json', 'status-update',
    '{"status": "ended"}'), 'new', 'or it was a status: ended');
select is(pg_temp.after(26, 'unreadable_json', 'status-update',
    '{"status": "in-progress"}'), 'busy', 'another status frees nothing');
select is(pg_temp.after(27, 'unreadable_json', 'status-update'), 'busy',
    'nor one that is not known');
select is(pg_temp.after(28, 'unreadable_json', 'hang', '{"status": "ended"}'),
    'busy', 'nor a hang');
select is(pg_temp.after(29 + nth::integer, reason, 'end-of-call-report'),
    'busy', 'nor a report of ' || reason)
from unnest(array['bad_metadata', 'unsealed_metadata', 'unknown_call',
    'owner_mismatch', 'call_mismatch', 'foreign_number', 'no_call_id',
    'call_sid_mismatch']) with ordinality r (reason, nth);
select is(pg_temp.after(40, 'unreadable_json', 'end-of-call-report'), 'new',
    'an id of one call');
insert into public.calls (user_id, caller_phone_number, assistant_phone_number,
    vapi_call_id) values ('user_b', 'x', 'y', 'v1');
select is(pg_temp.verdict(41, 10, 0), 'busy', 'an id of two says nothing');
update callward.webhook_events set verdict = 'accepted';
delete from public.calls where user_id = 'user_b';
select is(pg_temp.verdict(42, 10, 0), 'busy',
    'nor does a line that is not in quarantine');
select is(pg_temp.after(43, 'unreadable_json', 'end-of-call-report'), 'new',
    'how often calls come');
update public.calls set created_at = now() - interval '10 s';
select is(pg_temp.verdict(44, 0, 10), 'busy', 'is counted as before');

select * from finish();
rollback;

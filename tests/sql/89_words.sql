-- Words are made after the answer: a call that changes waits in a queue, and is
-- not lost, whatever happens to it or to the worker.
begin;
set search_path = tap, public;
select plan(49);
select tap.scenario();

create function pg_temp.words(i integer) returns text language sql as $$
    select string_agg(regexp_replace(lexeme, '^[0-9a-f]{6}[0-9a-f]+w', ''), ' '
        order by lexeme)
    from public.calls, unnest(search_words)
    where id = tap.u(i) and lexeme ~ '^[0-9a-f]{6}[0-9a-f]+w' $$;
create function pg_temp.waiting() returns text language sql as $$
    select coalesce(string_agg(right(call_id::text, 3), ' ' order by call_id),
        '') from callward.to_index $$;
-- A turn as the worker has it; $2: what it answers with.
create function pg_temp.take(after text) returns setof text
language plpgsql as $$
begin
	perform set_config('role', 'callward_tenant', true);
	return query select concat_ws(' ', tenant, right(call_id::text, 3),
	    replace(content, E'\n', '|'), trouble)
	from callward.index_take(after, 10);
	perform set_config('role', 'none', true);
end $$;
create function pg_temp.put(words jsonb, of text default 'user_a') returns text
language plpgsql as $$
declare
	key constant uuid := (select token from callward.index_turns
	    where user_id = of);
	told text;
begin
	words := (select jsonb_object_agg(c.id, (select string_agg(
	        callward.word_place(c.user_id, c.created_at) || w, ' ')
	        from string_to_table(value #>> '{}', ' ') w))
	    from jsonb_each(words) e (k, value)
	    join public.calls c on c.id = tap.u(k::integer));
	perform set_config('role', 'callward_tenant', true);
	told := (select string_agg(right(call_id::text, 3) || ' ' || trouble,
	    ',') from callward.index_put(key, words));
	perform set_config('role', 'none', true);
	return coalesce(told, 'done');
end $$;
create function pg_temp.change(i integer, what text) returns void
language plpgsql as $$
begin
	perform set_config('request.jwt.claims', '{"sub":"user_a"}', true);
	perform set_config('role', 'callward_tenant', true);
	-- a state of the row of its own, as another transaction's is
	begin
		execute 'update public.calls set ' || what || ' where id = $1'
		    using tap.u(i);
	exception when division_by_zero then
		raise;
	end;
	perform set_config('role', 'none', true);
	perform set_config('request.jwt.claims', '', true);
end $$;

insert into public.calls (id, user_id, caller_phone_number,
    assistant_phone_number, status, created_at)
select tap.u(i), case i when 9 then 'user_b' else 'user_a' end,
    '+1555000000' || i, '+15559999999', 'in-progress', now()
from generate_series(1, 9) i;
select is(pg_temp.waiting(), '', 'a call under way waits for nothing');
update public.calls set status = 'completed', summary = 'Root canal'
where id = tap.u(1);
update public.calls set duration_seconds = 5, cost_usd = 1 where id = tap.u(1);
select is(pg_temp.waiting(), '001', 'one that ends waits, once');
select results_eq('select pg_temp.take(null)', array['user_a 001 |Root canal'],
    'a worker is told what it is found by');
select is_empty('select pg_temp.take(null)', 'and nobody else meanwhile');
select is(pg_temp.put('{"1": "root canal"}'), 'done', 'its words come');
select is(pg_temp.words(1), 'canal root', 'and are those');
select is(pg_temp.waiting(), '', 'nothing waits any more');
select is_empty('select from callward.index_turns', 'and no turn is left');
select is((select count(*) from public.calls, unnest(search_words)
    where id = tap.u(1) and lexeme ~ 'r1000000555'), 1::bigint,
    'it is found by the end of its number, too');

-- Notes, tags and names are words.
select pg_temp.change(1, $$notes = 'Call back', follow_up_note = 'Ask Eva',
    tags = '{urgent}'$$);
select is(array[pg_temp.waiting(), pg_temp.words(1)], array['001', null],
    'what was changed is not found any more from that moment on');
select results_eq('select pg_temp.take(null)',
    array['user_a 001 urgent|Ask Eva|Call back|Root canal'],
    'notes and tags are among what a call is found by');
-- It changes while a worker has it.
select pg_temp.change(1, $$notes = null$$);
select is(pg_temp.put('{"1": "call back"}'), 'done', 'words come too late');
select is(array[pg_temp.waiting(), pg_temp.words(1)], array['001', null],
    'what was taken out meanwhile does not come back: it waits again');
select results_eq('select pg_temp.take(null)',
    array['user_a 001 urgent|Ask Eva|Root canal'], 'and is taken again');
-- The worker dies.
update callward.index_turns set until = now() - interval '1 second';
create temporary table dead as select token from callward.index_turns;
select results_eq('select pg_temp.take(null)',
    array['user_a 001 urgent|Ask Eva|Root canal'],
    'what a dead worker had is taken by another');
grant select on dead to callward_tenant;
select is(tap.outcome('callward_tenant', '', format('select from'
    ' callward.index_put(%L, ''{}'')', token)), '0', 'the dead one does nothing')
from dead;
select is(pg_temp.waiting(), '001', 'nor does it take anything away');
select is(pg_temp.put('{"1": "urgent ask eva root canal"}'), 'done',
    'the other one does');
select is(pg_temp.words(1), 'ask canal eva root urgent', 'once');

-- One that fails holds nobody up.
create function pg_temp.fail() returns trigger language plpgsql as $$
begin
	raise exception 'cannot' using errcode = 'XX001';
end $$;
create trigger fail before update of search_words on public.calls for each row
    when (new.id = '01980000-0000-7000-8000-000000000002')
    execute function pg_temp.fail();
select pg_temp.change(i, $$notes = 'x'$$) from generate_series(2, 4) i;
delete from public.calls where id = tap.u(4);
select results_eq('select pg_temp.take(null)',
    array['user_a 002 |x', 'user_a 003 |x', 'user_a 004'], 'three wait');
select is(pg_temp.put('{"2": "x", "3": "x"}'), '002 XX001',
    'one cannot have its words, which is told');
select is(array[pg_temp.waiting(), pg_temp.words(3)], '{002,x}',
    'the others have, and one that is gone is forgotten');
select is_empty('select pg_temp.take(null)', 'it is not tried again at once');
select ok(due_at > now() and tries = 1, 'but later')
from callward.to_index;
update callward.to_index set due_at = now();
select results_eq('select pg_temp.take(null)', array['user_a 002 |x'],
    'then it is');
select pg_temp.put('{"2": "x"}') is not null as told \gset
select ok(due_at > now() and tries = 2, 'and later still')
from callward.to_index;
drop trigger fail on public.calls;
select pg_temp.change(2, $$notes = 'y'$$);
select results_eq('select pg_temp.take(null)', array['user_a 002 |y'],
    'one that changes is tried at once');
select is(pg_temp.put('{"2": "y"}'), 'done', 'now it has');

-- More than there is time for.
create function pg_temp.linger() returns trigger language plpgsql as $$
begin
	perform pg_sleep(0.6);
	return new;
end $$;
create trigger linger before update of search_words on public.calls
    for each row execute function pg_temp.linger();
select pg_temp.change(i, $$notes = 'x'$$) from generate_series(6, 8) i;
select count(*) as told from pg_temp.take(null) \gset
select pg_temp.put('{"6": "x", "7": "x", "8": "x"}') is not null as told \gset
drop trigger linger on public.calls;
select is(array[pg_temp.waiting(), pg_temp.words(6), pg_temp.words(7)],
    array['007 008', 'x', null],
    'what takes too long for one turn is done in several');
select results_eq('select pg_temp.take(null)',
    array['user_a 007 |x', 'user_a 008 |x'], 'the rest is taken at once');
select is(pg_temp.put('{"7": "x", "8": "x"}'), 'done', 'and gets its words');

-- One that alone takes too long.
create or replace function pg_temp.linger() returns trigger
language plpgsql as $$
begin
	perform pg_sleep(60);
	return new;
end $$;
create trigger linger before update of search_words on public.calls
    for each row execute function pg_temp.linger();
select pg_temp.change(i, $$notes = 'y'$$) from generate_series(6, 7) i;
select count(*) as told from pg_temp.take(null) \gset
set local statement_timeout = '1500ms';
select is(pg_temp.put('{"6": "y", "7": "y"}'), '006 57014',
    'the timeout of the statement ends the turn');
set local statement_timeout = 0;
drop trigger linger on public.calls;
select results_eq('select pg_temp.take(null)', array['user_a 007 |y'],
    'the others are next, and that one is later');
select is(pg_temp.put('{"7": "y"}'), 'done', 'they get their words');
update callward.to_index set due_at = now();
select count(*) as told from pg_temp.take(null) \gset
select is(pg_temp.put('{"6": "y"}'), 'done', 'so does it, when it can');

-- Tenants take turns.
select pg_temp.change(5, $$notes = 'x'$$);
update public.calls set status = 'busy' where id = tap.u(9);
select results_eq('select pg_temp.take(''user_a'')', array['user_b 009 '],
    'behind one tenant comes the next');
select results_eq('select pg_temp.take(''user_b'')', array['user_a 005 |x'],
    'and behind the last the first');
select is(pg_temp.put('{"5": "other"}', 'user_b'), 'done',
    'the token is of one tenant');
select is(array[pg_temp.words(5), pg_temp.waiting()], array[null, '005'],
    'and gives no other''s call its words');
select is(pg_temp.put('{"5": "x"}'), 'done', 'its own does');

-- What a search looks at while calls wait.
create function pg_temp.seen(claims text, terms jsonb) returns text
language plpgsql as $$
declare
	told text;
begin
	perform set_config('request.jwt.claims', claims, true);
	perform set_config('role', 'callward_tenant', true);
	told := (select string_agg(right(id::text, 3) || ' ' || others || ' '
	    || replace(content, E'\n', '|'), ',' order by id)
	    || ' of ' || callward.indexing()
	    from callward.tenant_waiting(terms, 2));
	perform set_config('role', 'none', true);
	perform set_config('request.jwt.claims', '', true);
	return coalesce(told, 'none');
end $$;
select pg_temp.change(i, format('tags = ''{t%s}'', notes = ''n''', i))
from generate_series(5, 7) i;
select is(pg_temp.seen('{"sub":"user_a"}',
    '["wn", "tt7", "d0007", "n+15550000006", "r0006"]'),
    '006 00011 t6|n,007 01100 t7|n of 3',
    'it is told of the newest, and which terms they have beside words');
select is(pg_temp.seen('{"sub":"user_b"}', '["wn"]'), 'none',
    'nobody is told of another tenant''s');
select is(pg_temp.seen('', '["wn"]'), 'none', 'nor without a tenant');
select is((select string_agg(right(id::text, 3), ',' order by id)
    from unnest((callward.list_calls(10, null, null, jsonb_populate_record(
        null::callward.call_filter, jsonb_build_object('terms', '["wn"]'::jsonb,
        'waiting', jsonb_build_array(tap.u(6), tap.u(9)))))).ids) id),
    null, 'and what the program found is nobody''s without one');
select set_config('request.jwt.claims', '{"sub":"user_a"}', true) as c \gset
select is((select string_agg(right(id::text, 3), ',' order by id)
    from unnest((callward.list_calls(10, null, null, jsonb_populate_record(
        null::callward.call_filter, jsonb_build_object('terms', '["wn"]'::jsonb,
        'waiting', jsonb_build_array(tap.u(6), tap.u(9)))))).ids) id),
    '006', 'what it found is listed where it is the tenant''s own');
select set_config('request.jwt.claims', '', true) as c \gset

-- Nobody else puts calls in, or looks.
select is(tap.outcome('callward_tenant', '{"sub":"user_a"}',
    'select callward.queue_words(''user_b'', gen_random_uuid())'), 'denied',
    'the queue takes from the trigger alone');
select is(tap.outcome(role, '{"sub":"user_a"}', 'select from callward.' || tab),
    'denied', role || ' cannot read ' || tab)
from unnest(array['callward_tenant', 'callward_intake']) role,
    unnest(array['to_index']) tab;
select is(tap.outcome('callward_intake', '', 'select from'
    ' callward.index_take(null, 1)'), 'denied',
    'the webhook role has no part in it');
select * from finish();
rollback;

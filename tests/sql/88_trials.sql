-- Runs of tests: whose they are, which one is ended, and how it is judged.
begin;
set search_path = tap, public;
select plan(23);
select scenario() \g /dev/null
insert into public.assistant_tests (id, user_id, assistant_id, name, script,
    expected)
values (u(1), 'user_a', u(901), 'A', 'Hi', '{"phrases": ["gut"]}'),
    (u(2), 'user_b', u(902), 'B', 'Hi', null);

create function pg_temp.as_tenant(claims text, call text) returns text
language plpgsql as $$
declare
	answer text;
begin
	perform set_config('request.jwt.claims', claims, true);
	perform set_config('role', 'callward_tenant', true);
	execute 'select ' || call into answer;
	perform set_config('role', 'none', true);
	return answer;
end $$;
create function pg_temp.begins(claims text, test integer) returns text
language sql as $$ select pg_temp.as_tenant(claims, format(
    '(callward.tenant_trial_begin(%L)).outcome', u(test))) $$;
create function pg_temp.ends(claims text, test integer, heard text,
	at timestamptz default null) returns text
language sql as $$ select pg_temp.as_tenant(claims, format(
    'callward.tenant_trial_finish(%L, %L, %L)', u(test), coalesce(at,
    (select started_at from public.assistant_tests where id = u(test))),
    heard)) $$;
create function pg_temp.row_of(test integer) returns text
language sql as $$ select concat_ws(' ', status, score, error, call_id)
from public.assistant_tests where id = u(test) $$;

\set a '{"sub":"user_a","callward_role":"owner"}'
\set b '{"sub":"user_b","callward_role":"owner"}'
\set heard '{"turns": [{"role": "user", "message": "Hi"}, {"role": "bot", "message": "Gut  so"}], "called": "", "seconds": 3, "cost": 0.5}'

select is(pg_temp.begins('', 1), 'absent', 'nobody begins nothing');
select is(pg_temp.begins(:'b', 1), 'absent', 'nor does another clinic');
select is(pg_temp.begins(:'a', 3), 'absent', 'what is not there');
select is(pg_temp.row_of(1), 'queued', 'nothing happened');
select is(pg_temp.begins(:'a', 1), 'ok', 'its own begins');
select is(pg_temp.begins(:'a', 1), 'conflict', 'once');
select is(pg_temp.begins(:'b', 2), 'ok', 'beside another clinic''s');
select is(pg_temp.ends('', 1, :'heard'), 'absent', 'nobody ends it');
select is(pg_temp.ends(:'b', 1, :'heard'), 'absent', 'nor another clinic');
select is(pg_temp.ends(:'a', 1, :'heard', now() - interval '1 s'), 'absent',
    'nor a run that began before');
select is((select count(*) from public.calls), 0::bigint, 'and no call is');
select is(pg_temp.ends(:'a', 1, :'heard'), 'passed', 'itself does');
select is(pg_temp.ends(:'a', 1, :'heard'), 'absent', 'once');
select is((select string_agg(concat_ws('|', user_id, is_test, status,
        duration_seconds, cost_usd, transcript), ',') from public.calls),
    E'user_a|t|completed|3|0.5|User: Hi\nAI: Gut  so', 'there is its call');
select is(pg_temp.ends(:'b', 2, '{"turns": [], "error": "line 1: no"}'),
    'error', 'an error');
select matches(pg_temp.row_of(2), '^error line 1: no ', 'is told');

-- Phrases and intents.
insert into public.intents (user_id, name, slug)
values ('user_a', 'Book a visit', 'book'), ('user_b', 'Hello', 'hello');
create function pg_temp.score(expected text, said text, called text default '')
returns text
language sql as $$ select pg_temp.scored from (select set_config(
    'request.jwt.claims', '{"sub":"user_a"}', true)) s,
    lateral (select callward.trial_score(callward.trial_result(
        expected::jsonb, said, called))::text) pg_temp(scored) $$;
select is(pg_temp.score(null, ''), '100', 'nothing was expected');
select is(pg_temp.score('{"phrases": ["We''re open", "no", "yes"]}',
    E'Yes, we’re\n open'), '66.67', 'two of three phrases');
select is(pg_temp.score('{"phrases": null, "intent": "book"}',
    'to BOOK  a visit'), '100.00', 'an intent by its name');
select is(pg_temp.score('{"intent": "book"}', '', '{"intent":"book"}'),
    '100.00', 'by its slug, in a tool''s arguments');
select is(pg_temp.score('{"intent": "book"}', 'rebook the books'), '0.00',
    'not in other words');
select is(pg_temp.score('{"intent": "hello"}', 'Hi'), '0.00',
    'nor by another clinic''s name for it');
select is(pg_temp.score('{"phrases": ["a"], "intent": "book"}', 'a'), '50.00',
    'half of it');
select * from finish();
rollback;

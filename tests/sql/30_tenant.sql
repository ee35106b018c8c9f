-- The tenant of a transaction: how it is read, and under which plans.
begin;
set search_path = tap, public;
select plan(14);

select is(callward.current_user_id(), null, 'nobody at first');
select set_config('request.jwt.claims', '', true) \g /dev/null
select is(callward.current_user_id(), null, 'nobody when empty');
select set_config('request.jwt.claims', '{}', true) \g /dev/null
select is(callward.current_user_id(), null, 'nobody without a sub');
select set_config('request.jwt.claims', '{"sub":""}', true) \g /dev/null
select is(callward.current_user_id(), null, 'nobody with an empty sub');
select set_config('request.jwt.claims', '{"sub":null}', true) \g /dev/null
select is(callward.current_user_id(), null, 'nobody with a null sub');
select set_config('request.jwt.claims', '["user_a"]', true) \g /dev/null
select is(callward.current_user_id(), null, 'nobody in an array');
select set_config('request.jwt.claims',
    '{"sub":"user_2abC-d_9","role":"authenticated"}', true) \g /dev/null
select is(callward.current_user_id(), 'user_2abC-d_9', 'the sub');
select set_config('request.jwt.claims', 'user_a', true) \g /dev/null
select throws_ok('select callward.current_user_id()', '22P02', null,
    'an error when it is no JSON');

-- Parallel workers see the tenant too.
select set_config('request.jwt.claims', '', true) \g /dev/null
insert into public.calls (user_id, caller_phone_number,
    assistant_phone_number)
select 'user_' || chr(97 + i % 2), 'x', 'y' from generate_series(1, 2000) i;
create function pg_temp.planned(stmt text) returns text
language plpgsql as $$
declare
	line text;
	plan text := '';
begin
	for line in execute 'explain (costs off) ' || stmt loop
		plan := plan || line || E'\n';
	end loop;
	return plan;
end $$;
select set_config(case when exists (select from pg_settings
    where name = 'force_parallel_mode') then 'force_parallel_mode'
    else 'debug_parallel_query' end, 'on', true) \g /dev/null
set local min_parallel_table_scan_size = 0;
set local parallel_setup_cost = 0;
set local parallel_tuple_cost = 0;
set local enable_indexscan = off;
set local enable_indexonlyscan = off;
set local enable_bitmapscan = off;
set local role callward_tenant;
select set_config('request.jwt.claims', '{"sub":"user_a"}', true) \g /dev/null
select pg_temp.planned('select count(*) from public.calls') as plan,
    (select count(*) from public.calls) as seen,
    (select count(*) from public.calls where user_id = 'user_b') as others
\gset
select set_config('request.jwt.claims', '', true) \g /dev/null
select (select count(*) from public.calls) as unset \gset
select set_config('request.jwt.claims', '{"sub":"user_a"}', true) \g /dev/null
select callward.current_user_id() as whole,
    (select count(*) from public.calls
    where user_id = callward.current_user_id()) as direct \gset
reset role;
select set_config(case when exists (select from pg_settings
    where name = 'force_parallel_mode') then 'force_parallel_mode'
    else 'debug_parallel_query' end, 'off', true) \g /dev/null
select matches(:'plan'::text, 'Gather', 'a plan with workers was forced');
select is(:seen, 1000, 'a tenant sees its own under it');
select is(:others, 0, 'and no other''s');
select is(:unset, 0, 'nobody sees nothing under it');
select is(:'whole'::text, 'user_a', 'the tenant is known under it');
select is(:direct, 1000, 'in workers'' own conditions as well');

select * from finish();
rollback;

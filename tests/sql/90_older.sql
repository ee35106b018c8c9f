-- What became of the rows of older.sql.
begin;
set search_path = tap, public;
select plan(39);

select results_eq($$ select right(id::text, 2), phone_number,
    phone_number_raw, status, match_rule from public.phone_numbers
    order by id $$, $$ values
    ('a1', '+15551111111', '+1-555-111-1111', 'active', 'from'),
    ('a2', null, '5551112222', 'pending', 'from'),
    ('a3', '+15553330000', null, 'pending', 'from'),
    ('a4', '+15554440000', null, 'pending', 'from'),
    ('a5', '+15554440000', '+1 555 444 0000', 'pending', 'from'),
    ('a6', null, '+44 (0)20 555 777 8888', 'pending', 'from'),
    ('b1', '+15552222222', null, 'active', 'from'),
    ('b3', '+15553330000', '+1 (555) 333.0000', 'pending', 'from') $$,
    'numbers');
select results_eq($$ select right(id::text, 2), status, ended_reason,
    duration_seconds, right(twilio_call_sid, 1), vapi_call_id,
    right(assistant_id::text, 1), right(phone_number_id::text, 2)
    from public.calls order by id $$, $$ values
    ('c1', 'completed', null, 12, null, null, 'a', 'a1'),
    ('c2', 'in-progress', null, null, '1', 'vapi-1', null, null),
    ('c3', 'failed', 'weird', null, null, null, null, null),
    ('c4', 'canceled', null, 3, '4', 'vapi-4', null, null),
    ('c5', 'initiated', null, null, null, null, null, null) $$, 'calls');
select is((select count(*) from public.calls
    where created_at is null or updated_at is null), 0::bigint,
    'every call has its times');
select is((select caller_phone_number from public.calls
    where id::text like '%c3'), 'anonymous', 'what came stays');
select set_eq($$ select max_duration_seconds from public.assistants $$,
    array[600], 'what is new has its default');
select is((select assistant_id from public.assistant_tests), null,
    'another tenant''s assistant is no longer tested');
select set_eq($$ select user_id, slug, is_enabled from public.intents $$,
    $$ values ('user_a', 'new_patient', true),
    ('user_a', 'new_patient_2', false), ('user_b', 'new_patient', true) $$,
    'intents have slugs, each tenant its own');
select results_eq($$ select day_of_week, is_closed, open_time, close_time
    from public.working_hours
    where day_of_week is not null and user_id = 'user_a' order by 1 $$,
    $$ values (0, true, null::time, null::time),
    (1, false, '09:00', '17:00'), (6, true, null, null) $$,
    'what is closed stays so, and hours that say something stand');
select is((select count(*) from public.working_hours
    where day_of_week is null and open_time is null), 3::bigint,
    'the other rows tell no hours');
select set_eq($$ select policyname::text from pg_policies
    where schemaname = 'public' $$,
    array['tenant_rows', 'tenant_wall', 'resolver_rows', 'owner_adds',
    'owner_changes', 'owner_removes'],
    'the older policies are gone');
select is_empty($$ select indexname from pg_indexes where indexname in
    ('calls_user_id', 'calls_caller', 'calls_assistant', 'calls_status') $$,
    'and the older indexes');

-- The API roles.
select is_empty($$ select relname from pg_class c
    where relnamespace = 'public'::regnamespace and relforcerowsecurity
    and (has_table_privilege('anon', oid, 'select, insert, update, delete,'
        ' truncate, references, trigger')
    or has_any_column_privilege('anon', oid,
        'select, insert, update, references')) $$, 'anon has nothing left');
select is_empty($$ select relname from pg_class c
    where relnamespace = 'public'::regnamespace and relforcerowsecurity
    and has_table_privilege('authenticated', oid,
        'truncate, references, trigger') $$,
    'authenticated may not truncate, refer or trigger');
create temporary view column_grants as
select grantee, table_name::text, column_name::text, privilege_type::text
from information_schema.column_privileges where table_schema = 'public'
    and table_name in (select relname from pg_class where relforcerowsecurity);
select cmp_ok((select count(*) from column_grants
    where grantee = 'callward_tenant'), '>', 80::bigint, 'there are grants');
select set_eq($$ select table_name, column_name, privilege_type
    from column_grants where grantee = 'authenticated' $$,
    $$ select table_name, column_name, privilege_type
    from column_grants where grantee = 'callward_tenant' $$,
    'authenticated has exactly the dashboard role''s columns');
select set_eq($$ select relname::text from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r'
    and has_table_privilege('authenticated', oid, 'delete') $$,
    $$ select relname::text from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r'
    and has_table_privilege('callward_tenant', oid, 'delete') $$,
    'and deletes in the same tables');
select is(tap.outcome('authenticated', '{"sub":"user_a"}',
    'select id from public.calls'), '3', 'authenticated sees its calls');
select is(tap.outcome('authenticated', null, 'select id from public.calls'),
    '0', 'and none without claims');
select is(tap.outcome('authenticated', '{"sub":"user_a"}',
    'insert into public.intents (name) values (''x'')'), '1',
    'it writes for itself by default');

-- What authenticated reads leaves no line; callward(8) tells how it is taken
-- away, at "audit list".
select is(tap.outcome('authenticated', '{"sub":"user_a"}',
    'select transcript, messages, summary, recording_url from public.calls'),
    '3', 'authenticated reads words');
select is(count(*), 0::bigint, 'and leaves no line') from callward.audit_log;
savepoint words;
set local role callward_owner;
revoke select (transcript, messages, summary, recording_url)
    on public.calls from authenticated;
reset role;
select is(tap.outcome('authenticated', '{"sub":"user_a"}', format(
    'select %I from public.calls', col)), 'denied',
    format('unless that is taken away: %s', col))
from unnest(array['transcript', 'messages', 'summary', 'recording_url']) col;
select is(tap.outcome('authenticated', '{"sub":"user_a"}',
    'select id, status, notes from public.calls'), '3',
    'which leaves it the rest');
rollback to words;

-- Views.
select set_eq($$ select relname || ' ' || array_to_string(reloptions, ' ')
    from pg_class where relkind = 'v'
    and relnamespace = 'public'::regnamespace $$,
    array['call_totals security_invoker=true',
        'talkers security_invoker=true security_barrier=true'],
    'views read with the reader''s rights and keep their options');
select set_eq($$ select relowner::regrole::text from pg_class
    where relname in ('call_totals', 'talkers') $$, array['operator'],
    'they belong to whom they belonged');
select is(obj_description('public.call_totals'::regclass),
    'seconds per clinic', 'comments stay');
select is(has_table_privilege('anon', 'public.talkers', 'select'), false,
    'what was revoked stays so');
select is(has_table_privilege('authenticated', 'public.talkers', 'select'),
    true, 'what was granted stays so');
select is(tap.outcome('authenticated', '{"sub":"user_a"}',
    'select * from public.talkers'), '1',
    'a tenant sees its own through a view of a view');
select is(tap.outcome('authenticated', '{"sub":"user_b"}',
    'select * from public.call_totals where user_id = ''user_a'''), '0',
    'and no other''s');
select is((select duration from public.call_totals where user_id = 'user_a'),
    15::bigint, 'a view still has its older column');

-- Their words wait (sql/backfill/older_calls.sql), and are made as any call's.
select ok(count(*) > 0 and bool_and(i.call_id is not null),
    'an older call waits for its words')
from public.calls c left join callward.to_index i
    on i.user_id = c.user_id and i.call_id = c.id
where c.search_words is null and c.status not in ('initiated', 'ringing',
    'in-progress', 'forwarding');
select ok(tap.index() > 0, 'which are made');
select ok(count(*) > 0 and bool_and(search_words is not null),
    'and by which it is found')
from public.calls where status not in ('initiated', 'ringing', 'in-progress',
    'forwarding');

-- An estimate tells authenticated as little as the dashboard's role.
insert into public.calls (user_id, caller_phone_number, assistant_phone_number)
select 'user_b', '+15557000001', '+15559999999' from generate_series(1, 2000);
insert into public.calls (user_id, caller_phone_number, assistant_phone_number)
select 'user_c', '+15557000002', '+15559999999' from generate_series(1, 20);
analyze public.calls;
create function pg_temp.estimate(col text, value text) returns text
language plpgsql as $$
declare
	told json;
begin
	perform set_config('request.jwt.claims', '{"sub":"user_a"}', true);
	perform set_config('role', 'authenticated', true);
	execute format('explain (format json) select from public.calls'
	    ' where %I = %L', col, value) into told;
	perform set_config('role', 'none', true);
	return told -> 0 -> 'Plan' ->> 'Plan Rows';
end $$;
select is(count(distinct pg_temp.estimate(col, v)), 1::bigint,
    format('as many by %s, whoever has them', col))
from (values ('user_id', 'user_b'), ('user_id', 'user_c'),
    ('user_id', 'user_x'), ('caller_phone_number', '+15557000001'),
    ('caller_phone_number', '+15557000002'),
    ('caller_phone_number', '+1')) t (col, v)
group by col;

select * from finish();
rollback;

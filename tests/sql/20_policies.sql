-- Every tenant table, as every role and as nobody: what is done to user_a's
-- row with user_a's claims, another's, none, empty ones, a malformed tenant
-- and claims that are no JSON.
begin;
set search_path = tap, public;
\set a '{"sub":"user_a","callward_role":"owner"}'

select tap.scenario();
insert into public.assistant_tests (user_id) values ('user_a'), ('user_b');
insert into public.intents (user_id, name)
values ('user_a', 'x'), ('user_b', 'x');
insert into public.subscriptions (user_id) values ('user_a'), ('user_b');
insert into public.working_hours (user_id, day_of_week)
values ('user_a', 1), ('user_b', 1);
insert into public.clinic_settings (user_id) values ('user_a'), ('user_b');
insert into public.call_days (user_id, day)
values ('user_a', '2026-01-01'), ('user_b', '2026-01-01');
insert into public.clinic_people (user_id, person_id)
values ('user_a', 'user_p'), ('user_b', 'user_p');
insert into public.calls (id, user_id, caller_phone_number,
    assistant_phone_number)
values (tap.u(1), 'user_a', 'x', 'y'), (tap.u(2), 'user_b', 'x', 'y');
insert into callward.sessions (user_id, call_id)
values ('user_a', tap.u(1)), ('user_b', tap.u(2));

-- What a role may do where it may do anything.
create temporary table allowed (role text, tab text, cmds text[]);
insert into allowed
select r, t, case when t in ('subscriptions', 'call_days', 'clinic_people')
        then '{select}'
    when t = 'calls' then '{select,update}'
    when t = 'clinic_settings' then '{select,insert,update}'
    else '{select,insert,update,delete}'::text[] end
from unnest(array['callward_tenant', 'authenticated']) r,
    unnest(array['assistants', 'phone_numbers', 'assistant_tests', 'intents',
    'subscriptions', 'working_hours', 'calls', 'clinic_settings',
    'call_days', 'clinic_people']) t;
insert into allowed values
    ('callward_writer', 'assistants', '{select,insert,update,delete}'),
    ('callward_writer', 'phone_numbers', '{select,insert,update,delete}'),
    ('callward_writer', 'calls', '{select,insert,update}'),
    ('callward_writer', 'subscriptions', '{select,insert,update}'),
    ('callward_writer', 'assistant_tests', '{select,update}'),
    ('callward_writer', 'intents', '{select}'),
    ('callward_writer', 'working_hours', '{select}'),
    ('callward_writer', 'clinic_settings', '{select}'),
    ('callward_writer', 'call_days', '{select,insert,update}'),
    ('callward_writer', 'clinic_people', '{select,insert,update}'),
    ('callward_writer', 'prepared_settings', '{select,insert,update}'),
    ('callward_writer', 'callward.sessions', '{select,insert}'),
    ('callward_resolver', 'callward.sessions', '{select}'),
    ('callward_resolver', 'assistants', '{select}'),
    ('callward_resolver', 'phone_numbers', '{select}'),
    ('callward_resolver', 'subscriptions', '{select}'),
    ('callward_resolver', 'calls', '{select}');

create temporary table cells as
select r.role, c.relname as tab, cmd, kind, claims, null::text as came,
    null::text as due,
    case cmd
    when 'select' then format('select %s from %s where user_id'
        ' = ''user_a''', case relname when 'callward.sessions'
            then 'call_id' else 'id' end, relname)
    when 'insert' then format('insert into %s (user_id%s)'
        ' values (''user_a''%s)', relname,
        case relname when 'assistants' then ', name'
            when 'intents' then ', name'
            when 'phone_numbers' then ', phone_number'
            when 'calls' then ', caller_phone_number, assistant_phone_number'
            when 'call_days' then ', day'
            when 'clinic_people' then ', person_id'
            when 'callward.sessions' then ', call_id'
            else '' end,
        case relname when 'assistants' then ', ''n''' when 'intents'
            then ', ''n''' when 'phone_numbers' then ', ''+15550000000'''
            when 'calls' then ', ''x'', ''y'''
            when 'call_days' then ', ''2026-01-02'''
            when 'clinic_people' then ', ''user_q'''
            when 'callward.sessions' then format(', %L', tap.u(1))
            else '' end)
    when 'update' then format('update %1$s set %2$I = %2$I'
        ' where user_id = ''user_a''', relname,
        case relname when 'assistants' then 'name' when 'intents' then 'name'
            when 'phone_numbers' then 'label'
            when 'assistant_tests' then
                case role when 'callward_writer' then 'status' else 'name' end
            when 'working_hours' then 'day_of_week'
            when 'subscriptions' then 'plan' when 'calls' then
                case role when 'callward_writer' then 'status' else 'notes' end
            when 'clinic_settings' then 'name'
            when 'clinic_people' then 'name'
            when 'prepared_settings' then 'greeting'
            when 'callward.sessions' then 'answer'
            when 'call_days' then 'is_stale' end)
    when 'delete' then format('delete from %s'
        ' where user_id = ''user_a''', relname)
    else format('truncate %s cascade', relname) end as stmt
from unnest(array['callward_tenant', 'callward_writer', 'callward_resolver',
        'callward_intake', 'callward_owner', 'authenticated', 'anon',
        'stranger']) as r (role)
join pg_roles on rolname = r.role
cross join (select oid::regclass::text as relname from pg_class
    where relnamespace in ('public'::regnamespace, 'callward'::regnamespace)
        and relforcerowsecurity) c
cross join unnest(array['select', 'insert', 'update', 'delete',
    'truncate']) as cmd
cross join (values ('none', null),
    ('own', '{"sub":"user_a","callward_role":"owner"}'),
    ('desk', '{"sub":"user_a"}'),
    ('desk, said otherwise', '{"sub":"user_a","callward_role":"owner ",'
        '"role":"owner"}'),
    ('other', '{"sub":"user_b","callward_role":"owner"}'), ('empty', ''),
    ('malformed', '{"sub":"user_a '' or true"}'), ('not JSON', 'user_a'))
    as k (kind, claims)
where not (r.role = 'callward_owner' and cmd = 'truncate');

update cells c set due = case
    when role = 'callward_owner' then
        case cmd when 'insert' then 'walled' else '0' end
    when not exists (select from allowed a where a.role = c.role
        and a.tab = c.tab and c.cmd = any (a.cmds)) then 'denied'
    when role = 'callward_resolver' then '1'
    -- The front desk writes nothing that is the owner's.
    when kind like 'desk%' and role = 'callward_tenant' and cmd <> 'select'
        and tab <> 'calls'
        then case cmd when 'delete' then '0' else 'walled' end
    when (kind = 'own' or kind like 'desk%') and cmd = 'insert'
        and tab in ('clinic_settings', 'callward.sessions') then '23505'
    when kind = 'own' or kind like 'desk%' then '1'
    when kind = 'not JSON' then '22P02'
    when cmd = 'insert' then 'walled'
    else '0' end;

-- Without claims first: once they have been set, they are never null again.
update cells set came = tap.outcome(role, claims, stmt) where kind = 'none';
update cells set came = tap.outcome(role, claims, stmt) where kind <> 'none';

select plan((select count(*)::integer + 16
    from (select distinct role, tab, cmd from cells) c));
select ok(count(*) >= 7 * 6 * (5 * 6 - 1), 'there are cells') from cells;
select is(string_agg(kind || ' ' || came, ', ' order by kind),
    string_agg(kind || ' ' || due, ', ' order by kind),
    format('%s: %s %s', role, cmd, tab))
from cells group by role, cmd, tab order by role, tab, cmd;

-- What a tenant reads and writes is granted by column.
create temporary view tenant_tries as
select * from (values
	('select metadata from public.calls', 'denied'),
	('insert into public.phone_numbers (phone_number) values'
	    ' (''+15550000001'')', '1'),
	('insert into public.phone_numbers (phone_number, status) values'
	    ' (''+15550000001'', ''active'')', 'denied'),
	('insert into public.phone_numbers (phone_number, match_rule) values'
	    ' (''+15550000001'', ''to'')', 'denied'),
	('insert into public.phone_numbers (id, phone_number) values'
	    ' (gen_random_uuid(), ''+15550000001'')', 'denied'),
	('insert into public.phone_numbers (phone_number) values (''555'')',
	    '23514'),
	('insert into public.phone_numbers (label) values (''no number'')',
	    '23514'),
	('insert into public.phone_numbers (phone_number, assistant_id) values'
	    ' (''+15550000001'', tap.u(902))', '23503'),
	('update public.phone_numbers set phone_number = ''+15552222222''',
	    'denied'),
	('update public.phone_numbers set status = ''active''', 'denied'),
	('update public.phone_numbers set user_id = ''user_b''', 'denied'),
	('update public.phone_numbers set vapi_assistant_id = ''vapi-b''',
	    'denied'),
	('update public.assistants set vapi_assistant_id = ''vapi-b''',
	    'denied'),
	('update public.calls set status = ''completed''', 'denied'),
	('select from callward.webhook_events', 'denied')
) as t (stmt, due);
select is(tap.outcome('callward_tenant',
    :'a', stmt), due,
    'a tenant: ' || stmt) from tenant_tries;

select * from finish();
rollback;

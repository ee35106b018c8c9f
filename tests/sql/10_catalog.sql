-- What the catalog says: roles, keys, policies, functions, privileges.
begin;
set search_path = tap, public;
select plan(52);

create temporary view tenant_tables as
select c.oid, c.relname as name from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and exists (select from pg_attribute
        where attrelid = c.oid and attname = 'user_id')
    or c.oid = 'callward.sessions'::regclass;

select set_eq('select name::text from tenant_tables',
    array['assistants', 'phone_numbers', 'assistant_tests', 'intents',
    'subscriptions', 'working_hours', 'calls', 'clinic_settings', 'call_days',
    'clinic_people', 'prepared_settings', 'sessions'],
    'the tables with a tenant are the seven, settings, counted days, people,'
    ' what is prepared for calls, sessions');
select set_eq('select t::text from callward.audited_tables() t',
    'select oid::regclass::text from tenant_tables',
    'the audit tries each of them');
select set_eq('select t::text from callward.tenant_tables() t',
    'select oid::regclass::text from tenant_tables',
    'the self-check looks at each of them');

-- Roles.
select is((select count(*) from pg_roles where rolname like 'callward\_%'),
    5::bigint, 'there are five roles');
select is_empty($$ select rolname from pg_roles
    where rolname like 'callward\_%' and (rolsuper or rolbypassrls
    or rolcreatedb or rolcreaterole or rolreplication or rolinherit) $$,
    'none of them has a power or inherits');
select set_eq($$ select rolname::text from pg_roles
    where rolname like 'callward\_%' and rolcanlogin $$,
    array['callward_intake', 'callward_tenant'], 'two of them log in');
-- Since 16 whoever makes a role has ADMIN of it, in a row that gives nothing
-- else; before, a membership always gave both.
create temporary view memberships as
select member::regrole || ' in ' || roleid::regrole as name, admin_option,
    coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true)
    or coalesce((to_jsonb(m) ->> 'set_option')::boolean, true) as gives
from pg_auth_members m where roleid::regrole::text like 'callward\_%'
or member::regrole::text like 'callward\_%';
select set_eq($$ select name from memberships where gives $$,
    array['callward_owner in callward_writer',
        'callward_owner in callward_resolver',
        'callward_owner in callward_tenant', 'operator in callward_owner'],
    'memberships are the owner''s and the operator''s, and no others');
select set_eq($$ select name from memberships where admin_option $$,
    case when current_setting('server_version_num')::int < 160000
        then array[]::text[]
        else array['operator in callward_intake',
        'operator in callward_owner', 'operator in callward_resolver',
        'operator in callward_tenant', 'operator in callward_writer'] end,
    'only who made them has ADMIN, where a server tells it');
select is(pg_has_role('operator', 'callward_writer', 'usage')
    or pg_has_role('operator', 'callward_resolver', 'usage')
    or pg_has_role('operator', 'callward_tenant', 'usage')
    or pg_has_role('callward_owner', 'callward_tenant', 'usage')
    or pg_has_role('callward_owner', 'callward_writer', 'usage'), false,
    'neither operator nor owner has the writer''s, resolver''s or tenant''s rights');
select is(pg_has_role('operator', 'callward_writer', 'member')
    and pg_has_role('operator', 'callward_resolver', 'member'), true,
    'the operator may become either');
select set_eq($$ select unnest(rolconfig) from pg_roles
    where rolname = 'callward_intake' $$,
    array['search_path=pg_catalog, pg_temp', 'lock_timeout=1s',
        'statement_timeout=5s', 'plan_cache_mode=force_generic_plan',
        'enable_seqscan=off', 'jit=off'], 'the webhook login''s settings');
select set_eq($$ select unnest(rolconfig) from pg_roles
    where rolname = 'callward_tenant' $$,
    array['search_path=pg_catalog, pg_temp', 'lock_timeout=2s',
        'statement_timeout=8s', 'plan_cache_mode=force_custom_plan',
        'TimeZone=UTC', 'jit=off'],
    'the dashboard login''s settings');

-- Tables.
select is((select count(*) from tenant_tables join pg_class using (oid)
    where relrowsecurity and relforcerowsecurity), 12::bigint,
    'row level security is on and forced on all twelve');
select is_empty($$ select name from tenant_tables join pg_class using (oid)
    where relowner <> 'callward_owner'::regrole $$, 'the owner owns them');
select is_empty($$ select relname from pg_class
    where relnamespace = 'callward'::regnamespace and relkind = 'r'
    and relowner <> 'callward_owner'::regrole $$,
    'and the tables of schema callward');
select is_empty($$ select name from tenant_tables t where not exists (
    select from pg_attribute a join pg_attrdef d on d.adrelid = a.attrelid
        and d.adnum = a.attnum
    where attrelid = t.oid and attname = 'user_id' and attnotnull
        and atttypid = 'text'::regtype
        and attcollation = '"C"'::regcollation
        and pg_get_expr(d.adbin, d.adrelid) = 'callward.current_user_id()') $$,
    'user_id is text in "C", never null, by default the tenant');

-- Keys have the tenant in them: one that had not would tell a tenant what
-- another one has. Each check first shows that it finds some.
create temporary view tenant_keys as
select i.indexrelid::regclass::text as name,
    exists (select from pg_attribute a where attrelid = t.oid
        and attname = 'user_id'
        and attnum = any ((i.indkey::int2[])[:i.indnkeyatts - 1])) as has_tenant
from pg_index i
join tenant_tables t on t.oid = i.indrelid
where i.indisunique;
select cmp_ok((select count(*) from tenant_keys where has_tenant), '>=',
    9::bigint, 'there are unique keys');
select set_eq($$ select name from tenant_keys where not has_tenant $$,
    array['phone_numbers_active', 'callward.sessions_vapi_call_id_once'],
    'all have user_id, but for the two global by nature');
create temporary view tenant_references as
select c.conname, c.confdeltype, array(select attname::text
        from unnest(c.conkey) with ordinality k(n, o)
        join pg_attribute on attrelid = c.conrelid and attnum = k.n
        order by o) as froms,
    array(select attname::text from unnest(c.confkey) with ordinality k(n, o)
        join pg_attribute on attrelid = c.confrelid and attnum = k.n
        order by o) as tos,
    array(select attname::text from unnest(c.confdelsetcols) k
        join pg_attribute on attrelid = c.conrelid and attnum = k) as nulled
from pg_constraint c join tenant_tables t on t.oid = c.conrelid
where c.contype = 'f';
select is((select count(*) from tenant_references), 9::bigint,
    'there are foreign keys');
select is_empty($$ select conname from tenant_references
    where froms[1] <> 'user_id' or tos[1] <> 'user_id' $$,
    'all begin with user_id on both sides');
select is_empty($$ select conname from tenant_references
    where (confdeltype <> 'n' or nulled <> froms[2:])
    and conname not in ('working_hours_phone_number',
        'prepared_settings_phone_number', 'sessions_call') $$,
    'a deleted target nulls the reference and never the tenant');
select is(confdeltype::text, 'c', v.name)
from (values ('working_hours_phone_number',
	'but a number takes its hours with it'),
    ('prepared_settings_phone_number', 'and what was prepared'),
    ('sessions_call', 'and a call its session')) v (conname, name)
join tenant_references using (conname);
select matches(pg_get_indexdef(i::regclass), 'UNIQUE .* \(' || c || ', user_id\)',
    i || ' keeps a tenant''s ids apart and serves the resolver')
from (values ('public.calls_call_sid_once', 'twilio_call_sid'),
    ('public.calls_vapi_call_id_once', 'vapi_call_id')) v (i, c);
select matches(pg_get_indexdef('public.calls_key'::regclass),
    'UNIQUE .* \(id, user_id\)', 'so does the key of a call');
select matches(pg_get_indexdef('public.calls_newest'::regclass),
    'btree \(user_id, created_at DESC, id DESC\) INCLUDE \(status,',
    'the pages'' index, which has the figures'' columns too');

-- Policies.
select is((select count(*) from pg_policies
    where schemaname in ('public', 'callward')), 50::bigint,
    'there are two policies a table, three more on what is the owner''s, and'
    ' five of the resolver');
select is_empty($$ select name from tenant_tables t where (
    select array_agg(permissive || ' ' || cmd order by permissive)
    from pg_policies where tablename = t.name
        and policyname in ('tenant_rows', 'tenant_wall')
        and qual = with_check
        and qual ~ '^\(user_id = \( SELECT callward.current_user_id\(\)'
        and roles @> array['callward_tenant', 'callward_writer']::name[]
    ) is distinct from array['PERMISSIVE ALL', 'RESTRICTIVE ALL'] $$,
    'one permissive, one restrictive, same rule for rows read and written');
select is_empty($$ select policyname from pg_policies
    where schemaname in ('public', 'callward') and (roles && array['public', 'anon',
    'callward_intake', 'callward_owner']::name[]
    or policyname = 'resolver_rows' and (roles <> '{callward_resolver}'
        or cmd <> 'SELECT')) $$, 'nobody else has one');
select is_empty($$ select tablename from pg_policies
    where schemaname = 'callward' and tablename <> 'sessions' $$,
    'of schema callward sessions alone has some');

-- Functions.
create temporary view ours as
select p.*, p.oid::regprocedure::text as name
from pg_proc p where pronamespace = 'callward'::regnamespace;
select cmp_ok((select count(*) from ours where prosecdef), '>=', 12::bigint,
    'there are definer functions');
select is_empty($$ select name from ours where prosecdef
    and not coalesce(proconfig @> array['search_path=pg_catalog, pg_temp'],
        false) $$,
    'each has its search_path pinned');
select is_empty($$ select name from ours
    where prosecdef and proowner <> all (array['callward_writer'::regrole,
        'callward_resolver'::regrole]::oid[]) $$,
    'each belongs to the writer or the resolver');
select is_empty($$ select name from ours
    where prolang = (select oid from pg_language where lanname = 'plpgsql')
    and not coalesce(proconfig @> array['search_path=pg_catalog, pg_temp'],
        false) $$,
    'no function of ours looks anything up by the caller''s search_path');
select is_empty($$ select name from ours where proacl is null or exists (
    select from aclexplode(proacl) where grantee = 0) $$,
    'none may be executed by everybody');
select set_eq($$ select proname::text from ours where prosecdef
    and has_function_privilege('callward_intake', oid, 'execute') $$,
    array['wrong_routes', 'open_call', 'bind_session', 'settle_call', 'find_answer',
        'apply_event', 'apply_status', 'record_event', 'ping', 'count_dials',
        'prove_write',
        'verification_rung', 'verification_answered',
        'verification_pressed', 'verification_ended',
        'verification_compared', 'verification_leg',
        'verification_listen', 'verification_tones'],
    'the webhook role''s doors: ten for calls, eight for proofs, one that counts'
    ' wrong routes');
select set_eq($$ select proname::text from ours where not prosecdef
    and has_function_privilege('callward_intake', oid, 'execute') $$,
    array['self_check', 'tenant_tables', 'role_problems', 'policy_problems',
        'setting_problems', 'reading_problems', 'route_problems'],
    'and in its own name it checks itself');
select set_eq($$ select proname::text from ours where prosecdef
    and has_function_privilege('callward_tenant', oid, 'execute') $$,
    array['wrong_routes', 'ping', 'tenant_enter', 'tenant_line', 'tenant_person',
        'tenant_verification',
        'tenant_verification_target',
        'tenant_verification_begin', 'tenant_verification_try',
        'tenant_audit', 'tenant_lines', 'tenant_search',
        'tenant_release_number', 'tenant_trial_begin',
        'tenant_trial_finish', 'tenant_count_days', 'tenant_waiting',
        'indexing', 'queue_words', 'index_take', 'index_put',
        'index_count', 'tenant_sessions'],
    'the dashboard role''s doors: the version, what acts for its tenant, and'
    ' words');
select is_empty($$ select name from ours where not prosecdef
    and proowner = 'callward_writer'::regrole
    and (has_function_privilege('callward_intake', oid, 'execute')
        or has_function_privilege('callward_tenant', oid, 'execute')) $$,
    'what the writer''s functions call is nobody else''s');
select is_empty($$ select name from ours
    where proowner <> all (array['callward_owner'::regrole,
        'callward_writer'::regrole, 'callward_resolver'::regrole]::oid[]) $$,
    'every function belongs to one of the roles');
select set_eq($$ select proname::text from ours
    where proowner = 'callward_resolver'::regrole $$,
    array['owner_of_number', 'owner_of_call', 'vapi_call_taken',
        'call_taken', 'call_of_vapi', 'call_of_call_sid', 'claims_on',
        'is_anothers', 'calls_with', 'end_is_kept', 'many_unowned',
        'take_line', 'accept_line', 'next_to_index', 'tenants_with_numbers',
        'keep_routes', 'wrong_routes', 'mend_routes'],
    'eleven ask across tenants, four the inbox, three keep routes');
select is_empty($$ select name from ours, aclexplode(proacl) a
    where proowner = 'callward_resolver'::regrole
    and a.grantee not in ('callward_resolver'::regrole,
        'callward_writer'::regrole)
    and proname not in ('wrong_routes', 'mend_routes') $$,
    'and only the writer asks them, but whether routes are right');
select is(provolatile::text || proparallel::text, 'ss',
    'current_user_id is stable and parallel safe')
from ours where proname = 'current_user_id';
select is((select count(*) from pg_proc where
    proowner in ('callward_writer'::regrole, 'callward_resolver'::regrole)
    and pronamespace <> 'callward'::regnamespace), 0::bigint,
    'the definers own nothing elsewhere');

-- Privileges.
select is_empty($$ select format('%s %s', r, s.nspname)
    from unnest(array['callward_writer', 'callward_resolver',
        'callward_intake', 'callward_tenant']) r, pg_namespace s
    where s.nspname in ('public', 'callward')
        and has_schema_privilege(r, s.oid, 'create') $$,
    'CREATE was given back in both schemas');
select is(has_schema_privilege('callward_owner', 'public', 'create'), false,
    'by the owner too');
create temporary view relations as
select c.oid, c.oid::regclass::text as name from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname !~ '^(pg_|information_schema$|tap$)';
select cmp_ok((select count(*) from relations), '>=', 11::bigint,
    'there are relations');
select is_empty($$ select name from relations where
    has_any_column_privilege('callward_intake', oid,
        'select, insert, update, references')
    or has_table_privilege('callward_intake', oid,
        'delete, truncate, trigger') $$,
    'the webhook role has no privilege on any');
select is_empty($$ select r || ' ' || name from relations,
    unnest(array['callward_tenant', 'callward_writer',
        'callward_resolver']) r
    where has_table_privilege(r, oid, 'truncate, references, trigger')
        or has_any_column_privilege(r, oid, 'references') $$,
    'nobody may truncate, refer or trigger');
select is_empty($$ select name from relations where name ~ '^callward'
    and has_any_column_privilege('callward_tenant', oid,
        'select, insert, update') $$,
    'the dashboard role has none in schema callward');

select * from finish();
rollback;

-- The isolation audit: every cell of the matrix that SQL alone can try, and
-- what it says of a database in which something was left open. (COPY is tried
-- by the command: tests/cli/run.)
begin;
set search_path = tap, public;

create function pg_temp.audit() returns void
language plpgsql as $$
begin
	set session authorization operator;
	create temporary table cells as
	select * from callward.isolation('audit_a', 'audit_b');
	reset session authorization;
end $$;

-- What the audit objects to after this was done to the database, undone.
create function pg_temp.objections(ddl text) returns text
language plpgsql as $$
declare
	told text;
begin
	execute ddl;
	perform pg_temp.audit();
	select string_agg(distinct c.said, ', ' order by c.said) into told
	from (select command || ' ' || tab || case verdict
	    when 'leak' then '' else ' ' || verdict end as said
	    from pg_temp.cells where verdict <> 'ok') c;
	raise exception using errcode = 'TAP00', message = coalesce(told, '');
exception when sqlstate 'TAP00' then
	return sqlerrm;
end $$;

-- While nobody was ever set here, rows must be hidden too.
insert into public.intents (user_id, name) values ('user_a', 'x');
create table public.seen (user_id text);
insert into public.seen values ('user_a');
grant select on public.seen to callward_tenant;
select pg_temp.audit() \g /dev/null
create temporary table unset as select role, tab::text from cells
where kind = 'unset';
drop table cells;
drop table public.seen;
select pg_temp.audit() \g /dev/null
create temporary view matrix as select * from cells where kind <> 'unset'
    and command <> 'catalog';

select plan((select count(*)::integer + 33
    from (select distinct role, tab, command from matrix) c));
select set_eq('select role || '' '' || tab from unset',
    array['callward_tenant seen'],
    'what shows before anybody was set is told');
select set_eq('select distinct role::text from matrix',
    array['callward_tenant', 'callward_writer'] || array(select
    rolname::text from pg_roles where rolname = 'authenticated' and exists (
        select from pg_policies where roles @> '{authenticated}')),
    'the roles that act for a tenant are audited');
select set_eq('select distinct tab::text from matrix', $$ select relname::text
    from pg_class c where relnamespace = 'public'::regnamespace
    and relkind = 'r' and exists (select from pg_attribute
    where attrelid = c.oid and attname = 'user_id')
    union select 'callward.sessions' $$,
    'on every table of the catalog that names a user, and sessions');
select set_eq('select distinct command from matrix', array['select', 'insert',
    'update', 'delete', 'upsert', 'refer', 'truncate', 'copy'],
    'with eight commands');
select is(count(*), (count(distinct role) * count(distinct tab) * 8 * 6),
    'and six kinds of claims, no cell missing') from matrix;
select is(string_agg(kind || ' ' || verdict, ', ' order by kind),
    case command when 'copy' then null else 'desk ok, empty ok, malformed ok, none ok,'
    ' other ok, own ok' end, format('%s: %s %s', role, command, tab))
from matrix group by role, command, tab order by role, tab, command;
select is(count(*), 10::bigint, 'a tenant sees its own row in each table')
from matrix where role = 'callward_tenant' and command = 'select'
    and kind = 'own' and outcome = '1';
select is(count(*) filter (where copy_out is null or copy_in is null
    or claims is null), 0::bigint, 'each copy says what to try, as whom')
from matrix where command = 'copy';
select is_empty('select from matrix where outcome is null
    and command <> ''copy''', 'no cell is without an outcome');
drop table cells cascade;

-- A database in which something was left open.
select is(pg_temp.objections('select 1'), '', 'nothing, if all is well');
select is(pg_temp.objections($$ create table public.notes (user_id text) $$),
    'catalog notes, upsert notes untested',
    'a table without a policy, whatever may be done there');
select matches(pg_temp.objections($$ create table public.notes (id uuid
    default gen_random_uuid(), user_id text, primary key (user_id, id));
    grant all on public.notes to callward_tenant $$),
    'catalog notes, delete notes, insert notes, refer notes, select notes,'
    ' truncate notes, update notes, upsert notes',
    'a table without a policy on which tenants may do everything');
select is(pg_temp.objections($$ alter table public.intents
    disable row level security $$), 'catalog intents, delete intents, insert'
    ' intents, refer intents, select intents, update intents, upsert intents',
    'row level security off');
select is(pg_temp.objections($$ alter table public.calls
    no force row level security $$), 'catalog calls', 'not forced');
select is(pg_temp.objections($$ alter table callward.sessions
    disable row level security $$), 'catalog callward.sessions, insert'
    ' callward.sessions untested, refer callward.sessions untested, select'
    ' callward.sessions',
    'row level security off where no clinic has a right');
select is(pg_temp.objections($$ grant select on callward.sessions
    to callward_tenant; drop policy tenant_wall on callward.sessions;
    drop policy tenant_rows on callward.sessions;
    create policy careless on callward.sessions for select using (true) $$),
    'catalog callward.sessions, insert callward.sessions untested, refer'
    ' callward.sessions untested, select callward.sessions',
    'sessions that are shown to all');
select is(pg_temp.objections($$ drop policy tenant_wall on public.calls $$),
    'catalog calls', 'no wall');
select is(pg_temp.objections($$ drop policy tenant_wall on public.calls;
    create policy tenant_wall on public.calls as restrictive
    to callward_tenant, callward_writer using (true) $$), 'catalog calls',
    'a wall that holds nobody');
select is(pg_temp.objections($$ drop policy tenant_wall on public.calls;
    create policy tenant_wall on public.calls as restrictive for select
    to callward_tenant, callward_writer
    using (user_id = (select callward.current_user_id())) $$),
    'catalog calls', 'a wall for one command');
select is(pg_temp.objections($$ create policy careless on public.calls
    to callward_tenant using (true) $$), 'catalog calls',
    'a careless policy: named, and held by the wall');
select is(pg_temp.objections($$ create policy careless on public.calls
    to callward_tenant using (true); drop policy tenant_wall on public.calls;
    create policy tenant_wall on public.calls as restrictive
    to callward_tenant, callward_writer using (true) $$),
    'catalog calls, select calls, update calls', 'a careless policy without the wall');
select is(pg_temp.objections($$ alter policy tenant_rows on public.intents
    with check (true); alter policy tenant_wall on public.intents
    with check (true) $$), 'catalog intents, insert intents, refer intents',
    'rows that may be written for others');
select is(pg_temp.objections($$ grant truncate on public.intents
    to callward_tenant $$), 'truncate intents', 'a right to truncate');
select is(pg_temp.objections($$ grant references (id) on public.intents
    to callward_tenant $$), 'refer intents', 'a right to refer');
select is(pg_temp.objections($$ alter table public.assistants
    add constraint one_id unique (id); alter table public.phone_numbers
    drop constraint phone_numbers_assistant, add constraint plain
    foreign key (assistant_id) references public.assistants (id) $$),
    'refer phone_numbers', 'a foreign key without the tenant');
select is(pg_temp.objections($$ create view public.all_calls as
    select * from public.calls $$), 'catalog calls',
    'a view that reads with its owner''s rights');
select is(pg_temp.objections($$ create view public.all_calls
    with (security_invoker = true) as select * from public.calls $$), '',
    'one that reads with its reader''s');
select is(pg_temp.objections($$ create materialized view public.all_calls as
    select * from public.calls $$), 'catalog calls', 'a materialized view');

select is(pg_temp.objections($$ drop policy owner_adds on public.intents $$),
    'insert intents, refer intents, upsert intents',
    'what the front desk may add');
select is(pg_temp.objections($$ drop policy owner_changes on public.intents $$),
    'update intents', 'or change');
select is(pg_temp.objections($$ drop policy owner_removes on public.intents $$),
    'delete intents', 'or take away');

-- What is made by triggers, and was changed past them.
insert into public.phone_numbers (id, user_id, phone_number, status)
values (tap.u(801), 'user_a', '+15551111111', 'active');
select is(pg_temp.objections($$
    set local session_replication_role = replica;
    update public.phone_numbers set status = 'paused';
    set local session_replication_role = origin $$),
    'catalog callward.routes', 'a route that is not what its number says');
select is(pg_temp.objections($$ delete from callward.routes $$),
    'catalog callward.routes', 'one that is missing');
select is(pg_temp.objections($$ update public.prepared_settings
    set valid_until = 'infinity', after_hours = true $$),
    'catalog prepared_settings', 'settings that nobody set');

select * from finish();
rollback;

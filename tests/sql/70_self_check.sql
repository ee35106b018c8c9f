-- The self-check, as each login and on tables that were tampered with. The
-- cluster of these tests runs without fsync, which it must say.
begin;
set search_path = tap, public;
select plan(14);
select tap.scenario();

create function pg_temp.problems(login text) returns text
language plpgsql as $$
declare
	told text;
begin
	perform set_config('role', login, true);
	select string_agg(distinct name, ' ' order by name) into told
	from callward.self_check(callward.ping());
	perform set_config('role', 'none', true);
	return told;
end $$;

select is(pg_temp.problems('callward_intake'), 'fsync',
    'the webhook login finds nothing else');
select is(pg_temp.problems('callward_tenant'), 'fsync',
    'nor does the dashboard login');
select is(tap.outcome('callward_intake', '',
    'select from callward.self_check(callward.ping() + 1)'
    ' where name = ''schema'''), '1', 'a newer program is told');
select matches(pg_temp.problems('none'), 'role', 'a superuser is told');
alter table public.intents no force row level security;
select is(pg_temp.problems('callward_intake'), 'fsync policies',
    'a table that is not forced');
alter table public.intents force row level security;
drop policy tenant_wall on public.intents;
select is(pg_temp.problems('callward_tenant'), 'fsync policies',
    'the walls of the front desk are no tenant''s');
create policy tenant_wall on public.intents as restrictive using (true);
drop policy tenant_wall on public.calls;
select is(pg_temp.problems('callward_tenant'), 'fsync policies',
    'a table without its wall');
create policy tenant_wall on public.calls as restrictive using (true);
create policy careless on public.calls to callward_tenant using (true);
insert into public.calls (user_id, caller_phone_number,
    assistant_phone_number) values ('user_a', 'x', 'y');
select is(pg_temp.problems('callward_tenant'), 'fsync reading',
    'rows that show without a tenant');
drop policy careless on public.calls;
alter table public.clinic_people owner to current_user;
select is(pg_temp.problems('callward_tenant'), 'fsync policies',
    'a table that is somebody else''s');
alter table public.clinic_people owner to callward_owner;
set local session_replication_role = replica;
update public.phone_numbers set user_id = 'user_c' where id = tap.u(801);
set local session_replication_role = origin;
select is(pg_temp.problems(login), 'fsync routes',
    login || ': a route that is not what its number says')
from unnest('{callward_intake,callward_tenant}'::text[]) login;
set local session_replication_role = replica;
update public.phone_numbers set user_id = 'user_a' where id = tap.u(801);
set local session_replication_role = origin;
create role twofold login;
grant callward_owner, callward_tenant to twofold;
select matches(pg_temp.problems('twofold'), 'role',
    'a login that is a member of the owner');
revoke callward_owner from twofold;
select unalike(pg_temp.problems('twofold'), '%role%', 'and no more');
grant callward_resolver to twofold;
select matches(pg_temp.problems('twofold'), 'role',
    'nor may it become who reads across tenants');

select * from finish();
rollback;

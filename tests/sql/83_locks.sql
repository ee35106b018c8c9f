-- Whatever a clinic saves or removes waits for whoever saves or removes for it
-- at that moment, in another session, and for nobody else's clinic.
begin;
set search_path = tap, public;
select plan(22);
create extension dblink schema tap;

select dblink_connect('other', format('host=%s port=%s dbname=%s user=%s',
    current_setting('unix_socket_directories'), current_setting('port'),
    current_database(), current_user)) \g /dev/null
select dblink_exec('other', 'begin') \g /dev/null
select dblink_exec('other',
    'set local request.jwt.claims = ''{"sub":"user_a"}''') \g /dev/null
select dblink_exec('other', 'set local role callward_tenant') \g /dev/null
select * from dblink('other', 'select callward.lock_tenant()::text')
    as t (nothing text) \g /dev/null

-- What a call says within 50 ms, or that it waits.
create function pg_temp.says(sub text, call text) returns text
language plpgsql as $$
declare
	w callward.written;
begin
	perform set_config('lock_timeout', '50ms', true);
	perform set_config('request.jwt.claims',
	    json_build_object('sub', sub, 'callward_role', 'owner')::text,
	    true);
	perform set_config('role', 'callward_tenant', true);
	execute 'select * from callward.' || call into w;
	perform set_config('role', 'none', true);
	return w.outcome;
exception when lock_not_available then
	return 'waits';
end $$;

create temporary table calls_to_make as
select format('%s_%s(%L%s)', verb, kind, tap.u(999), case verb
    when 'save' then ', ''{}''' else '' end) as call
from unnest(array['save', 'remove']) verb,
    unnest(array['number', 'assistant', 'hours', 'intent', 'test']) kind
union all select 'replace_hours(''[]'')';

select is(pg_temp.says('user_a', call), 'waits', call || ' waits')
from calls_to_make;
select is(pg_temp.says('user_b', call), case when call like 'replace%'
    then 'ok' else 'absent' end, call || ' of another clinic does not')
from calls_to_make;

select dblink_disconnect('other') \g /dev/null
select * from finish();
rollback;

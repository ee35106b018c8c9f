-- execute: callward_intake
create or replace function callward.setting_problems(expected integer)
returns table (name text, problem text, remedy text)
language sql stable
begin atomic
	select s.name, s.name || ' is off: a commit would not survive a crash',
	    'alter system set ' || s.name || ' = on'
	from pg_catalog.pg_settings s
	where s.name in ('fsync', 'full_page_writes', 'synchronous_commit')
	    and s.setting = 'off'
	union all
	-- a newer one may well do: what does not fit is refused by itself
	select 'schema', 'the database is at version ' || callward.ping()
	    || ', the program at ' || expected, 'run callward migrate'
	where coalesce(callward.ping(), 0) < expected;
end;

-- The self-check: whoever logs in asks whether the promise could be kept on
-- this connection. It runs as the one who asks (no definer), so that it looks
-- at the rights that are really there.

-- The tables that hold tenants' rows: those of the owner that name a user.
create function callward.tenant_tables() returns setof regclass
language sql stable set search_path = ''
begin atomic
	select c.oid::regclass
	from pg_catalog.pg_class c
	where c.relnamespace = 'public'::regnamespace
	    and c.relkind in ('r', 'p')
	    and pg_catalog.pg_get_userbyid(c.relowner) = 'callward_owner'
	    and exists (select from pg_catalog.pg_attribute a
	        where a.attrelid = c.oid and a.attname = 'user_id'
	            and not a.attisdropped)
	order by c.relname;
end;

create function callward.role_problems()
returns table (name text, problem text, remedy text)
language sql stable set search_path = ''
begin atomic
	select 'role', 'the login ' || current_user
	    || ' is a superuser, bypasses row level security, or is a member'
	    || ' of ' || r.rolname,
	    'log in as callward_intake or callward_tenant, or as a member of'
	    || ' that role alone'
	from pg_catalog.pg_roles r
	where (r.rolsuper or r.rolbypassrls or r.rolname = 'callward_owner')
	    and pg_catalog.pg_has_role(current_user, r.oid, 'member')
	union all
	select 'owner', 'the login ' || current_user || ' owns ' || t::text,
	    'alter table ' || t::text || ' owner to callward_owner'
	from pg_catalog.pg_class c, callward.tenant_tables() t
	where c.oid = t
	    and pg_catalog.pg_get_userbyid(c.relowner) = current_user;
end;

create function callward.policy_problems()
returns table (name text, problem text, remedy text)
language sql stable set search_path = ''
begin atomic
	select 'policies', t::text || ' is without enabled and forced row level'
	    || ' security, or without a restrictive policy',
	    'run callward migrate; see doc/ownership.md'
	from callward.tenant_tables() t
	join pg_catalog.pg_class c on c.oid = t
	where not (c.relrowsecurity and c.relforcerowsecurity)
	    or not exists (select from pg_catalog.pg_policy p
	        where p.polrelid = t and not p.polpermissive)
	    or not exists (select from pg_catalog.pg_policy p
	        where p.polrelid = t and p.polpermissive)
	union all
	select 'policies', 'there are only ' || count(*) || ' tenant tables of 7',
	    'run callward migrate'
	from callward.tenant_tables()
	having count(*) < 7;
end;

create function callward.setting_problems(expected integer)
returns table (name text, problem text, remedy text)
language sql stable set search_path = ''
begin atomic
	select s.name, s.name || ' is off: a commit would not survive a crash',
	    'alter system set ' || s.name || ' = on'
	from pg_catalog.pg_settings s
	where s.name in ('fsync', 'full_page_writes', 'synchronous_commit')
	    and s.setting = 'off'
	union all
	select 'schema', 'the database is at version ' || callward.ping()
	    || ', the program at ' || expected,
	    case when callward.ping() < expected then 'run callward migrate'
	        else 'install the newer program' end
	where callward.ping() is distinct from expected;
end;

-- With nobody set, no tenant's row may be seen.
create function callward.reading_problems()
returns table (name text, problem text, remedy text)
language plpgsql set search_path = ''
as $$
declare
	claims text := set_config('request.jwt.claims', '', true);
	t regclass;
	seen boolean;
begin
	for t in select callward.tenant_tables() loop
		continue when not has_any_column_privilege(t, 'select');
		execute format('select exists (select from %s)', t) into seen;
		if seen then
			return query select 'reading',
			    'rows of ' || t::text || ' show without a tenant',
			    'run callward migrate; see doc/ownership.md';
		end if;
	end loop;
end $$;

create function callward.self_check(expected integer)
returns table (name text, problem text, remedy text)
language sql set search_path = ''
begin atomic
	select * from callward.role_problems()
	union all select * from callward.policy_problems()
	union all select * from callward.setting_problems(expected)
	union all select * from callward.reading_problems();
end;

do $$
declare
	f regprocedure;
begin
	for f in select oid from pg_proc
	    where pronamespace = 'callward'::regnamespace
	        and proname in ('tenant_tables', 'role_problems',
	            'policy_problems', 'setting_problems', 'reading_problems',
	            'self_check')
	loop
		execute format('revoke all on function %s from public', f);
		execute format('grant execute on function %s'
		    ' to callward_intake, callward_tenant', f);
		execute format('alter function %s owner to callward_owner', f);
	end loop;
	set local role callward_writer;
	grant execute on function callward.ping() to callward_tenant;
	reset role;
end $$;

-- The roles. They belong to the cluster, so another database may have made
-- them already: each is created only where it is missing.
--
--   callward_owner     owns the tables and the schema; the operator's login is
--                      a member. Noinherit, so that neither the owner nor the
--                      operator falls under the policies of the two below,
--                      yet both may SET ROLE to them.
--   callward_writer    owns the functions that write; acts for one tenant at
--                      a time, under row level security
--   callward_resolver  owns the functions that ask across tenants; reads a
--                      few columns
--   callward_intake    login of the webhooks: executes functions
--   callward_tenant    login of the dashboard: column grants under row level
--                      security
--
-- The two logins get their passwords from the operator.
do $$
declare
	name text;
begin
	foreach name in array array['callward_owner', 'callward_writer',
	    'callward_resolver'] loop
		if not exists (select from pg_roles where rolname = name) then
			execute format('create role %I nologin noinherit',
			    name);
		end if;
	end loop;

	if not exists (select from pg_roles
	    where rolname = 'callward_intake') then
		create role callward_intake login noinherit;
	end if;
	if not exists (select from pg_roles
	    where rolname = 'callward_tenant') then
		create role callward_tenant login noinherit;
	end if;

	-- What they run with, also where another version made them.
	alter role callward_intake set search_path = pg_catalog, pg_temp;
	alter role callward_intake set lock_timeout = '1s';
	alter role callward_intake set statement_timeout = '5s';
	-- Its functions look rows up by key and nothing else: one plan for
	-- good, also where the tables were empty when it was made.
	alter role callward_intake set plan_cache_mode = force_generic_plan;
	alter role callward_intake set enable_seqscan = off;
	alter role callward_intake set jit = off;
	alter role callward_tenant set search_path = pg_catalog, pg_temp;
	alter role callward_tenant set lock_timeout = '2s';
	alter role callward_tenant set statement_timeout = '8s';
	-- The dashboard's statements have filters that are there or not:
	-- planned for what is asked, each is one walk along an index. Times in
	-- what is shown are UTC, wherever the server stands; compiling would
	-- take longer than any of it.
	alter role callward_tenant set plan_cache_mode = force_custom_plan;
	alter role callward_tenant set timezone = 'UTC';
	alter role callward_tenant set jit = off;

	select string_agg(rolname, ', ') into name from pg_roles
	where rolname in ('callward_owner', 'callward_writer',
	    'callward_resolver', 'callward_intake', 'callward_tenant')
	    and (rolsuper or rolbypassrls);
	if name is not null then
		raise exception 'roles that go past row level security: %',
		    name;
	end if;
end $$;

-- The isolation audit tries what the dashboard's role can do, so the operator
-- must be able to become it, as it can become the writer.
do $$
declare
	name text;
begin
	foreach name in array array['callward_writer', 'callward_resolver',
	    'callward_tenant'] loop
		if not pg_has_role('callward_owner', name, 'member') then
			execute format('grant %I to callward_owner', name);
		end if;
	end loop;
	if not pg_has_role(current_user, 'callward_owner', 'usage') then
		grant callward_owner to current_user;
	end if;
	if not pg_has_role(current_user, 'callward_owner', 'usage') then
		raise exception 'login % must be a role that inherits',
		    current_user;
	end if;
end $$;

revoke all on schema callward from public;
alter schema callward owner to callward_owner;
alter table callward.schema_migrations owner to callward_owner;
alter table callward.schema_parts owner to callward_owner;
revoke all on callward.schema_migrations, callward.schema_parts from public;

grant usage on schema callward to callward_writer, callward_resolver,
    callward_intake, callward_tenant;
grant usage on schema public to callward_owner, callward_writer,
    callward_resolver, callward_tenant;

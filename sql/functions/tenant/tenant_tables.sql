-- The tables that hold tenants' rows: those of callward_owner with a column
-- user_id; of schema callward only those whose user_id has a default, which is
-- the tenant.
--
-- execute: callward_intake, callward_writer
create or replace function callward.tenant_tables() returns setof regclass
language sql stable
begin atomic
	select c.oid::regclass
	from pg_catalog.pg_class c
	join pg_catalog.pg_attribute a on a.attrelid = c.oid
	    and a.attname = 'user_id' and not a.attisdropped
	where c.relkind in ('r', 'p')
	    and pg_catalog.pg_get_userbyid(c.relowner) = 'callward_owner'
	    and (c.relnamespace = 'public'::regnamespace
	        or c.relnamespace = 'callward'::regnamespace
	        and a.atthasdef)
	order by c.relname;
end;

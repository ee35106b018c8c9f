-- The tables that hold tenants' rows: those of the owner that name a user, and
-- those of schema callward where that is the tenant unless something else is
-- said.
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

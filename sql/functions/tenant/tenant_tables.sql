-- The tables that hold tenants' rows: those of the owner that name a user.
--
-- execute: callward_intake, callward_writer
create or replace function callward.tenant_tables() returns setof regclass
language sql stable
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

-- Every table of schema public that names a user, whoever owns it: one that
-- nobody thought of is the one to look at.
create or replace function callward.audited_tables() returns setof regclass
language sql stable
begin atomic
	select c.oid::regclass
	from pg_catalog.pg_class c
	where c.relnamespace = 'public'::regnamespace
	    and c.relkind in ('r', 'p') and not c.relispartition
	    and exists (select from pg_catalog.pg_attribute a
	        where a.attrelid = c.oid and a.attname = 'user_id'
	            and not a.attisdropped)
	    and not exists (select from pg_catalog.pg_depend d
	        where d.classid = 'pg_class'::regclass and d.objid = c.oid
	            and d.deptype = 'e')
	order by c.relname;
end;

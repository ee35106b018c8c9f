-- Every table of schema public that names a user, whoever owns it: one that
-- nobody thought of is the one to look at. Of schema callward, where tables
-- are the operator's, those where a user is by default the tenant.
create or replace function callward.audited_tables() returns setof regclass
language sql stable
begin atomic
	select c.oid::regclass
	from pg_catalog.pg_class c
	join pg_catalog.pg_attribute a on a.attrelid = c.oid
	    and a.attname = 'user_id' and not a.attisdropped
	where c.relkind in ('r', 'p') and not c.relispartition
	    and (c.relnamespace = 'public'::regnamespace
	        or c.relnamespace = 'callward'::regnamespace
	        and a.atthasdef)
	    and not exists (select from pg_catalog.pg_depend d
	        where d.classid = 'pg_class'::regclass and d.objid = c.oid
	            and d.deptype = 'e')
	order by c.relname;
end;

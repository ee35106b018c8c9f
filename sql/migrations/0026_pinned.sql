-- What our functions look up by a name alone is looked for in pg_catalog
-- first, and among a session's temporary things last. With an empty
-- search_path these come first of all, for types and tables: whoever logs in
-- and makes a type of the name text had code of its own run by a door, as the
-- role that owns it.
do $$
declare
	f record;
begin
	for f in
		select oid::regprocedure as name, proowner::regrole as owner
		from pg_proc
		where pronamespace = 'callward'::regnamespace
		    and proconfig @> array['search_path=""']
	loop
		execute format('set local role %s', f.owner);
		execute format('alter function %s'
		    ' set search_path = pg_catalog, pg_temp', f.name);
		reset role;
	end loop;
end $$;

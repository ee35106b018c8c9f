-- What is wrong with a table before anything is tried.
create or replace function callward.audit_problems()
returns table (tab regclass, problem text)
language sql stable
begin atomic
	with audited as (
		select c.* from pg_catalog.pg_class c
		where c.oid in (select callward.audited_tables())
	), policies as (
		select p.*, array(select r.rolname::text
		        from pg_catalog.pg_roles r
		        where r.oid = any (p.polroles)) as roles,
		    pg_catalog.pg_get_expr(p.polqual, p.polrelid)
		        ~ '^\(user_id = \( SELECT callward\.current_user_id\(\)'
		        and (p.polcmd in ('r', 'd')
		            or pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
		                is not distinct from pg_catalog.pg_get_expr(
		                p.polqual, p.polrelid)) as own_rows
		from pg_catalog.pg_policy p
	)
	select a.oid::regclass, 'row level security is not enabled and forced'
	from audited a where not (a.relrowsecurity and a.relforcerowsecurity)
	union all
	select a.oid::regclass, 'no restrictive policy holds those who act for '
	    || 'a tenant to their own rows, for all commands'
	from audited a
	where not exists (select from policies p
	    where p.polrelid = a.oid and not p.polpermissive
	        and p.polcmd = '*' and p.own_rows
	        and (p.polroles = '{0}' or p.roles
	            @> array['callward_tenant', 'callward_writer']))
	union all
	select a.oid::regclass, 'policy ' || p.polname || ' opens the rows of '
	    || 'others'
	from audited a join policies p on p.polrelid = a.oid
	where p.polpermissive and p.own_rows is not true
	    and p.roles <> array['callward_resolver']
	union all
	select a.oid::regclass, 'it belongs to '
	    || pg_catalog.pg_get_userbyid(a.relowner) || ', not to callward_owner'
	from audited a
	where pg_catalog.pg_get_userbyid(a.relowner) <> 'callward_owner'
	union all
	select distinct a.oid::regclass, v.oid::regclass::text
	    || ' reads it with the rights of its owner'
	from audited a
	join pg_catalog.pg_depend d on d.refclassid = 'pg_class'::regclass
	    and d.refobjid = a.oid and d.classid = 'pg_rewrite'::regclass
	join pg_catalog.pg_rewrite w on w.oid = d.objid
	join pg_catalog.pg_class v on v.oid = w.ev_class
	where v.relkind = 'm' or v.relkind = 'v' and not coalesce(
	    v.reloptions && array['security_invoker=true',
	        'security_invoker=on'], false);
end;

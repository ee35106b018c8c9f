-- execute: callward_intake
create or replace function callward.policy_problems()
returns table (name text, problem text, remedy text)
language sql stable
begin atomic
	select 'policies', t::text || ' is without enabled and forced row level'
	    || ' security, or without a restrictive policy',
	    'run callward migrate --again; see doc/ownership.md'
	from callward.tenant_tables() t
	join pg_catalog.pg_class c on c.oid = t
	where not (c.relrowsecurity and c.relforcerowsecurity)
	    or not exists (select from pg_catalog.pg_policy p
	        where p.polrelid = t and not p.polpermissive
	            and p.polcmd = '*')
	    or not exists (select from pg_catalog.pg_policy p
	        where p.polrelid = t and p.polpermissive)
	union all
	select 'policies', 'there are only ' || count(*) || ' tenant tables of 12',
	    'run callward migrate --again'
	from callward.tenant_tables()
	having count(*) < 12;
end;

-- operator_ledger_find: is there a schema, a ledger in it, a list of parts?
--     problem: what of these somebody else made or hung something on
-- role: operator
-- caller: find
-- params: none
-- columns: has_schema boolean, has_ledger boolean, has_parts boolean,
--   problem text
with ours as (
	select r.oid from pg_catalog.pg_roles r
	where r.rolname in ('callward_owner', current_user)
), schema as (
	select oid, nspowner from pg_catalog.pg_namespace
	where nspname = 'callward'
), ledger as (
	select c.* from pg_catalog.pg_class c join schema s
	    on s.oid = c.relnamespace
	where c.relname in ('schema_migrations', 'schema_parts')
)
select exists (select from schema) as has_schema,
    exists (select from ledger where relname = 'schema_migrations')
        as has_ledger,
    exists (select from ledger where relname = 'schema_parts') as has_parts,
    coalesce((select 'schema callward belongs to '
            || pg_catalog.pg_get_userbyid(nspowner)
        from schema where nspowner not in (select oid from ours)),
        (select format('callward.%s %s', relname, case
            when relkind <> 'r' or relispartition then 'is no plain table'
            when relowner not in (select oid from ours) then 'belongs to '
                || pg_catalog.pg_get_userbyid(relowner)
            when relhasrules then 'carries a rule'
            when relhassubclass then 'has tables that inherit from it'
            when relrowsecurity then 'has row level security'
            else 'carries a trigger' end)
        from ledger l
        where relkind <> 'r' or relispartition or relhasrules
            or relhassubclass or relrowsecurity
            or relowner not in (select oid from ours)
            or exists (select from pg_catalog.pg_trigger t
                where t.tgrelid = l.oid)
        order by relname limit 1)) as problem;

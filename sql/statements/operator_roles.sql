-- operator_roles: which of the five roles may this login not change, and what
--     lets it? PostgreSQL 16 wants ADMIN of a role that somebody else made,
--     as a superuser, a restored dump or another operator's login did; and a
--     ledger that is there is the owner's.
-- role: operator
-- caller: roles_read
-- params: none
-- columns: login text, missing text, remedy text
select current_user::text as login,
    string_agg(r.rolname, ', ' order by r.rolname) as missing,
    format('grant callward_owner, callward_writer, callward_resolver, '
        'callward_intake, callward_tenant to %I with admin option',
        current_user) as remedy
from pg_catalog.pg_roles r
where r.rolname in ('callward_owner', 'callward_writer', 'callward_resolver',
        'callward_intake', 'callward_tenant')
    and (current_setting('server_version_num')::integer >= 160000
        and not pg_catalog.pg_has_role(current_user, r.oid,
            'member with admin option')
        or r.rolname = 'callward_owner'
        and not pg_catalog.pg_has_role(current_user, r.oid, 'usage')
        and exists (select from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'callward'
            and c.relname = 'schema_migrations'));

-- The shape of what migrations make: compared between two databases.
select 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    a.attcollation::regcollation, a.attnotnull,
    pg_get_expr(d.adbin, d.adrelid)
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace in ('public'::regnamespace, 'callward'::regnamespace)
    and c.relkind = 'r'
order by c.relname, a.attname;

select 'constraint', conrelid::regclass::text, conname,
    pg_get_constraintdef(oid)
from pg_constraint
where connamespace in ('public'::regnamespace, 'callward'::regnamespace)
order by conrelid::regclass::text, conname;

select 'index', indexdef from pg_indexes
where schemaname in ('public', 'callward') order by indexdef;

select 'policy', tablename, policyname, permissive, cmd, qual, with_check,
    array(select r from unnest(roles) r where r <> 'authenticated' order by r)
from pg_policies where schemaname = 'public'
order by tablename, policyname;

select 'table', c.relname, c.relowner::regrole, c.relrowsecurity,
    c.relforcerowsecurity
from pg_class c
where c.relnamespace in ('public'::regnamespace, 'callward'::regnamespace)
    and c.relkind = 'r'
order by c.relname;

select 'grant', table_schema, table_name, column_name, grantee, privilege_type
from information_schema.column_privileges
where table_schema in ('public', 'callward') and grantee like 'callward\_%'
    and table_name in (select tablename from pg_tables)
order by 2, 3, 4, 5, 6;

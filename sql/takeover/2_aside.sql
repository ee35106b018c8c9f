-- The seven tables of the older application step aside, into a schema of their
-- own, so that the baseline makes them as they are in a new database. What does
-- not go with them is taken off here. A table that is missing is made bare, so
-- that there is one way to the seven; 3_shape.sql goes on with it.

create temporary table tenant_tables (tab text, rel regclass) on commit drop;
do $$
declare
	t text;
begin
	foreach t in array array['assistants', 'phone_numbers',
	    'assistant_tests', 'intents', 'subscriptions', 'working_hours',
	    'calls'] loop
		if to_regclass(format('public.%I', t)) is null then
			execute format('create table public.%I ()', t);
		end if;
		execute format('alter table public.%I'
		    ' no force row level security', t);
		insert into tenant_tables values (t, format('public.%I', t));
	end loop;
end $$;

-- An older project's policies, and the keys that do not begin with the
-- tenant. A column cannot change its type under a policy.
do $$
declare
	r record;
begin
	for r in
		select polname, polrelid::regclass::text as rel from pg_policy
		where polrelid in (select rel from tenant_tables)
		order by 2, 1
	loop
		execute format('drop policy %I on %s', r.polname, r.rel);
		raise notice 'policy dropped: "%" on %', r.polname, r.rel;
	end loop;

	for r in
		select conname, conrelid::regclass::text as rel
		from pg_constraint
		where conrelid in (select rel from tenant_tables)
		    and (contype in ('p', 'u')
		        or contype = 'f'
		        and confrelid in (select rel from tenant_tables))
		order by contype = 'f' desc, 2, 1
	loop
		execute format('alter table %s drop constraint %I',
		    r.rel, r.conname);
		raise notice 'key replaced: % on %', r.conname, r.rel;
	end loop;

	for r in
		select indexrelid::regclass::text as idx from pg_index
		where indrelid in (select rel from tenant_tables)
		    and (indisunique or indexrelid in (
		        to_regclass('public.calls_user_id'),
		        to_regclass('public.calls_caller'),
		        to_regclass('public.calls_assistant'),
		        to_regclass('public.calls_status')))
		order by 1
	loop
		execute format('drop index %s', r.idx);
		raise notice 'index replaced: %', r.idx;
	end loop;

	for r in
		select tgname, tgrelid::regclass as rel from pg_trigger
		where not tgisinternal
		    and tgrelid in (select rel from tenant_tables)
		order by 2, 1
	loop
		raise notice
		    'trigger left, it will run as callward_writer: % on %',
		    r.tgname, r.rel;
	end loop;

	if exists (select from pg_attribute
	    where attrelid = 'public.calls'::regclass and attname = 'duration'
	        and not attisdropped)
	    and not exists (select from pg_attribute
	    where attrelid = 'public.calls'::regclass
	        and attname = 'duration_seconds' and not attisdropped) then
		alter table public.calls rename duration to duration_seconds;
		raise notice 'calls.duration is now calls.duration_seconds';
	end if;
end $$;

-- Views are taken down while columns change type, and put back as they were,
-- but with the rights of whoever reads them.
create temporary table older_views on commit drop as
with recursive reads (oid, depth) as (
	select rel::oid, 0 from tenant_tables
	union all
	select w.ev_class, reads.depth + 1
	from reads
	join pg_depend d on d.refclassid = 'pg_class'::regclass
	    and d.refobjid = reads.oid and d.classid = 'pg_rewrite'::regclass
	join pg_rewrite w on w.oid = d.objid and w.ev_class <> reads.oid
	where reads.depth < 32
)
select c.oid, format('%I.%I', n.nspname, c.relname) as name,
    max(reads.depth) as depth, pg_get_viewdef(c.oid) as definition,
    c.relowner::regrole as owner, c.relacl,
    obj_description(c.oid, 'pg_class') as remark,
    (select string_agg(o, ', ') from unnest(c.reloptions) o
    where o not like 'security_invoker=%') as options
from reads
join pg_class c on c.oid = reads.oid
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'v'
group by c.oid, n.nspname;

do $$
declare
	v record;
begin
	for v in select name from older_views order by depth desc, name loop
		execute 'drop view ' || v.name;
	end loop;
end $$;

create schema callward_older;
do $$
declare
	t text;
begin
	for t in select tab from tenant_tables loop
		execute format('alter table public.%I'
		    ' set schema callward_older', t);
	end loop;
end $$;

-- Does what the older application left in schema public fit? It is looked
-- through first, and what nobody but its operator can decide stops here, named,
-- before anything was changed:
--
--   * a table of the seven that is no plain table of our own login's;
--   * rows without a sane user_id;
--   * foreign keys, policies and rules of other tables onto the seven;
--   * what reads the seven past their policies and cannot be told not to:
--     materialized views, views that are somebody else's, definer functions.

create temporary table older_tables on commit drop as
select c.oid, c.relname as name, c.relkind, c.relforcerowsecurity as forced,
    c.relowner = current_user::regrole or not u.rolsuper
    and pg_has_role(c.relowner, 'usage') as ours
from unnest(array['assistants', 'phone_numbers', 'assistant_tests', 'intents',
    'subscriptions', 'working_hours', 'calls']) as t
join pg_class c on c.relname = t
    and c.relnamespace = 'public'::regnamespace
join pg_roles u on u.rolname = current_user;

create temporary table misfits (what text) on commit drop;

insert into misfits
select format('public.%s is not a plain table', name)
from older_tables where relkind <> 'r'
union all
select format('public.%s belongs to another role', name)
from older_tables where not ours
union all
select format('public.%s is part of an inheritance', name)
from older_tables
where exists (select from pg_inherits where oid in (inhrelid, inhparent))
union all
select format('public.%s has no column %s', name, col)
from older_tables, unnest(array['id', 'user_id']) as col
where not exists (select from pg_attribute
    where attrelid = oid and attname = col and not attisdropped);

-- Rows, when the tables can be read at all. A forced policy would hide them.
do $$
declare
	t record;
begin
	if exists (select from misfits) then
		return;
	end if;
	for t in select * from older_tables loop
		execute format('alter table public.%I'
		    ' no force row level security', t.name);
		execute format($q$
			insert into misfits
			select format('user_id of public.%1$s, row %%s: %%s',
			    id, coalesce(quote_literal(left(user_id::text, 80)),
			    'null'))
			from public.%1$I
			where user_id is null
			    or user_id::text !~ '^[A-Za-z0-9_-]{1,64}$'
		$q$, t.name);
		if t.forced then
			execute format('alter table public.%I'
			    ' force row level security', t.name);
		end if;
	end loop;
end $$;

insert into misfits
select format('foreign key %s of table %s', conname,
    replace(conrelid::regclass::text, 'public.', ''))
from pg_constraint
where contype = 'f' and confrelid in (select oid from older_tables)
    and conrelid not in (select oid from older_tables)
union all
select distinct format('policy "%s" of table %s reads %s', p.polname,
    replace(p.polrelid::regclass::text, 'public.', ''), d.refobjid::regclass)
from pg_policy p
join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
    and d.refclassid = 'pg_class'::regclass
where d.refobjid in (select oid from older_tables)
    and p.polrelid not in (select oid from older_tables)
union all
select format('rule "%s" on table %s', rulename, ev_class::regclass)
from pg_rewrite
where ev_class in (select oid from older_tables);

-- Views and rules of others, at whatever remove.
insert into misfits
with recursive reads (oid) as (
	select oid from older_tables
	union
	select w.ev_class
	from reads
	join pg_depend d on d.refclassid = 'pg_class'::regclass
	    and d.refobjid = reads.oid and d.classid = 'pg_rewrite'::regclass
	join pg_rewrite w on w.oid = d.objid and w.ev_class <> reads.oid
)
select case
	when c.relkind = 'm'
	    then format('materialized view %s',
		replace(c.oid::regclass::text, 'public.', ''))
	when c.relkind <> 'v'
	    then format('a rule of %s reads',
		replace(c.oid::regclass::text, 'public.', ''))
	when not pg_has_role(c.relowner, 'usage')
	    then format('view %s belongs to another role',
		replace(c.oid::regclass::text, 'public.', ''))
	else format('view %s has rights on columns or triggers',
	    replace(c.oid::regclass::text, 'public.', ''))
    end
from reads
join pg_class c on c.oid = reads.oid
where c.oid not in (select oid from older_tables)
    and (c.relkind <> 'v' or not pg_has_role(c.relowner, 'usage')
        or exists (select from pg_trigger where tgrelid = c.oid)
        or exists (select from pg_attribute
            where attrelid = c.oid and attacl is not null));

-- Definer functions, by what their text names. One that only seems to name a
-- table stops us too: the operator can tell.
insert into misfits
select format('security definer function %s', replace(p.oid::regprocedure::text, 'public.', ''))
from pg_proc p
join pg_language l on l.oid = p.prolang
join (select string_agg(name, '|') as any_name from older_tables) t
    on t.any_name is not null
where p.prosecdef and p.prokind in ('f', 'p')
    and l.lanname not in ('c', 'internal')
    and p.pronamespace not in ('pg_catalog'::regnamespace,
        'callward'::regnamespace)
    and not exists (select from pg_depend
        where classid = 'pg_proc'::regclass and objid = p.oid
            and deptype = 'e')
    and pg_get_functiondef(p.oid) ~* format(
        '\m(from|join|into|update|only|table|truncate|using)\s+"?(%1$s)"?\M'
        '|\mpublic"?\s*\.\s*"?(%1$s)\M'
        '|\mfrom\s[^;]*,\s*"?(%1$s)"?\M'
        '|''(%1$s)''', t.any_name);

do $$
declare
	m record;
	many bigint := 0;
begin
	for m in select what from misfits order by what loop
		raise notice 'does not fit: %', m.what;
		many := many + 1;
	end loop;
	if many > 0 then
		raise exception 'this database cannot be taken over as it is,'
		    ' nothing was changed; what does not fit (%) is named'
		    ' above', many;
	end if;
end $$;

-- The older application's tables, which 2_aside.sql put aside, come to the
-- shape of those that the baseline made, and take their place. Their rows are
-- put in order on the way; each list of what was changed is told as notices, in
-- which numbers show their last four digits only.

-- What the baseline made.
create temporary table tenant_columns on commit drop as
select t.tab, a.attname::text as col,
    format_type(a.atttypid, a.atttypmod) as typ,
    pg_get_expr(d.adbin, d.adrelid) as def, a.attnotnull as required,
    a.attstattarget = 0 as unseen, a.attnum as place
from tenant_tables t
join pg_attribute a on a.attrelid = format('public.%I', t.tab)::regclass
    and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum;

create temporary table tenant_keys on commit drop as
select t.tab, c.conname as name, c.contype as kind,
    pg_get_constraintdef(c.oid) as def
from tenant_tables t
join pg_constraint c on c.conrelid = format('public.%I', t.tab)::regclass
    and c.contype in ('p', 'u', 'c', 'f');

create temporary table tenant_indexes on commit drop as
select pg_get_indexdef(i.indexrelid) as def
from tenant_tables t
join pg_index i on i.indrelid = format('public.%I', t.tab)::regclass
where not exists (select from pg_constraint where conindid = i.indexrelid
    and contype in ('p', 'u'));

-- Types that hold a row of one of them.
create temporary table tenant_rows on commit drop as
select y.oid::regtype as holder, a.attname as part, t.tab
from tenant_tables t
join pg_type r on r.typrelid = format('public.%I', t.tab)::regclass
join pg_attribute a on a.atttypid = r.oid and not a.attisdropped
join pg_type y on y.typrelid = a.attrelid;

do $$
declare
	r record;
begin
	for r in select * from tenant_rows loop
		execute format('alter type %s drop attribute %I', r.holder,
		    r.part);
	end loop;
	select string_agg(format('public.%I', tab), ', ') as list
	into r from tenant_tables;
	execute 'drop table ' || r.list;
	for r in select * from tenant_tables loop
		execute format('alter table callward_older.%I'
		    ' set schema public', r.tab);
	end loop;
	for r in select * from tenant_rows loop
		execute format('alter type %s add attribute %I public.%I',
		    r.holder, r.part, r.tab);
	end loop;
end $$;
drop schema callward_older;

-- A number that stood before is in use; one that is added from now on is not
-- until its owner has proven it.
alter table public.phone_numbers
    add column if not exists status text default 'active';

-- Columns: add what is missing, turn what has another type. Of those that the
-- older application had none of, one may have such a name for something else:
-- then nothing is guessed, and all of this stops and names it.
create temporary table older_columns on commit drop as
select tab, unnest(string_to_array(cols, ' ')) as col
from (values
	('assistants', 'id user_id name vapi_assistant_id max_duration_seconds'
	    ' created_at updated_at'),
	('phone_numbers', 'id user_id phone_number phone_number_raw label'
	    ' assistant_id vapi_assistant_id match_rule status fallback_number'
	    ' verified_at created_at updated_at'),
	('assistant_tests', 'id user_id assistant_id status result created_at'),
	('intents', 'id user_id name description created_at'),
	('subscriptions', 'id user_id plan status current_period_end'
	    ' created_at'),
	('working_hours', 'id user_id day_of_week open_time close_time'
	    ' is_closed'),
	('calls', 'id user_id assistant_id phone_number_id caller_phone_number'
	    ' assistant_phone_number twilio_call_sid vapi_call_id status'
	    ' owner_rule stir_verstat forwarded_from diversion ended_reason'
	    ' started_at ended_at duration_seconds recording_url transcript'
	    ' messages summary analysis structured_data success_evaluation'
	    ' cost_usd metadata report_at revisions created_at updated_at')
) as listed (tab, cols);

do $$
declare
	w record;
	has record;
	typ text;
begin
	for w in select * from tenant_columns order by tab, place loop
		typ := w.typ;
		if w.col = 'user_id' then
			typ := typ || ' collate "C"';
		end if;
		select format_type(atttypid, atttypmod) as typ, attcollation
		into has
		from pg_attribute
		where attrelid = format('public.%I', w.tab)::regclass
		    and attname = w.col and not attisdropped;
		if not found then
			execute format('alter table public.%I add column %I %s'
			    ' default %s', w.tab, w.col, typ,
			    coalesce(w.def, 'null'));
		elsif (w.tab, w.col) in (('assistants', 'removed_at'),
		        ('calls', 'intent'), ('calls', 'success'),
		        ('calls', 'cost_micros'), ('calls', 'search_words'))
		    or has.typ <> w.typ and not exists (select from
		        older_columns o where o.tab = w.tab and o.col = w.col)
		then
			raise exception 'column %.% is in use for something'
			    ' else (%): rename it first', w.tab, w.col,
			    has.typ;
		elsif has.typ <> w.typ or w.col = 'user_id'
		    and has.attcollation <> 'pg_catalog."C"'::regcollation then
			execute format('alter table public.%1$I'
			    ' alter column %2$I drop default,'
			    ' alter column %2$I type %3$s using %2$I::%4$s',
			    w.tab, w.col, typ, w.typ);
			raise notice 'column changed: %.% from % to %',
			    w.tab, w.col, has.typ, typ;
		end if;
		if not w.required then
			execute format('alter table public.%I'
			    ' alter column %I drop not null', w.tab, w.col);
		end if;
		if w.def is not null then
			execute format('alter table public.%I'
			    ' alter column %I set default %s', w.tab, w.col,
			    w.def);
		end if;
	end loop;
end $$;

-- Rows: what points to a missing row or to another tenant's points nowhere.
do $$
declare
	p record;
	bad record;
begin
	for p in
		select * from (values
			('phone_numbers', 'assistant_id', 'assistants'),
			('assistant_tests', 'assistant_id', 'assistants'),
			('calls', 'assistant_id', 'assistants'),
			('calls', 'phone_number_id', 'phone_numbers')
		) as listed (tab, col, target)
	loop
		for bad in execute format('update public.%1$I c set %2$I = null'
		    ' from public.%1$I was'
		    ' where was.id = c.id and c.%2$I is not null'
		    ' and not exists (select from public.%3$I t'
		    ' where t.id = c.%2$I and t.user_id = c.user_id)'
		    ' returning c.id, c.user_id, was.%2$I as pointed',
		    p.tab, p.col, p.target) loop
			raise notice
			    'reference removed: %.% of row % (%) was %',
			    p.tab, p.col, bad.id, bad.user_id, bad.pointed;
		end loop;
	end loop;
end $$;

-- Of several calls with one provider's id the newest keeps it; what is no
-- such id at all is none.
do $$
declare
	bad record;
begin
	for bad in
		with ranked as (
			select id, twilio_call_sid as sid,
			    row_number() over (partition by twilio_call_sid
			        order by created_at desc nulls last, id desc)
			    as nth
			from public.calls where twilio_call_sid is not null
		)
		update public.calls c set twilio_call_sid = null
		from ranked r
		where r.id = c.id
		    and (r.nth > 1 or r.sid !~ '^CA[0-9a-fA-F]{32}$')
		returning c.id, c.user_id, r.sid, r.nth
	loop
		raise notice 'calls: % CallSid removed from row % (%): %',
		    case when bad.nth > 1 then 'repeated' else 'malformed' end,
		    bad.id, bad.user_id, bad.sid;
	end loop;

	for bad in
		with ranked as (
			select id, vapi_call_id as vapi,
			    row_number() over (partition by vapi_call_id
			        order by created_at desc nulls last, id desc)
			    as nth
			from public.calls where vapi_call_id is not null
		)
		update public.calls c set vapi_call_id = null
		from ranked r
		where r.id = c.id and (r.nth > 1 or r.vapi = '')
		returning c.id, c.user_id, r.vapi, r.nth
	loop
		raise notice 'calls: % Vapi id removed from row % (%): %',
		    case when bad.nth > 1 then 'repeated' else 'empty' end,
		    bad.id, bad.user_id, bad.vapi;
	end loop;
end $$;

-- Numbers: E.164 without guessing a country; what cannot be brought to it
-- keeps its text beside it and waits, as does what several rows hold.
do $$
declare
	n record;
begin
	for n in
		update public.phone_numbers p
		set phone_number_raw = p.phone_number,
		    phone_number = case when q.plain ~ '^\+[1-9][0-9]{5,14}$'
		        then q.plain end,
		    status = case when q.plain ~ '^\+[1-9][0-9]{5,14}$'
		        then p.status else 'pending' end
		from (
			select id, case when phone_number !~ '\(0\)' then
			    regexp_replace(phone_number,
			        '[[:space:]().\-/]', '', 'g') end as plain
			from public.phone_numbers
		) q
		where q.id = p.id and p.phone_number !~ '^\+[1-9][0-9]{5,14}$'
		returning p.id, p.user_id, p.phone_number,
		    right(p.phone_number_raw, 4) as tail
	loop
		raise notice 'number %: row % (%) ...%',
		    case when n.phone_number is null
		        then 'not understood, now pending' else 'rewritten' end,
		    n.id, n.user_id, n.tail;
	end loop;

	for n in
		update public.phone_numbers p set status = 'pending'
		where p.status = 'active' and exists (
			select from public.phone_numbers o
			where o.phone_number = p.phone_number and o.id <> p.id)
		returning p.id, p.user_id, right(p.phone_number, 4) as tail
	loop
		raise notice
		    'number held by several rows, now pending: row % (%) ...%',
		    n.id, n.user_id, n.tail;
	end loop;

	for n in
		update public.phone_numbers p set status = 'pending'
		from public.phone_numbers was
		where was.id = p.id and (p.phone_number is null
		    and p.status is distinct from 'pending' or p.status is null
		    or p.status not in ('pending', 'active', 'paused',
		    'released'))
		returning p.id, p.user_id, was.status
	loop
		raise notice 'number now pending: row % (%) was %',
		    n.id, n.user_id, n.status;
	end loop;
end $$;

-- Statuses of calls, by what older code and the providers call them. One that
-- nobody knows is kept as the reason why the call ended.
do $$
declare
	s record;
begin
	for s in
		with named as (
			select distinct status as old,
			    replace(lower(btrim(status)), '_', '-') as new
			from public.calls
		), mapped as (
			select old, case
				when new in ('initiated', 'ringing',
				    'in-progress', 'forwarding', 'completed',
				    'no-answer', 'busy', 'failed',
				    'canceled') then new
				when new is null or new in ('', 'queued',
				    'scheduled', 'started', 'pending')
				    then 'initiated'
				when new in ('active', 'answered', 'inprogress',
				    'in progress') then 'in-progress'
				when new in ('ended', 'complete', 'done',
				    'success')
				    then 'completed'
				when new in ('cancelled') then 'canceled'
				when new in ('missed', 'no answer',
				    'not-connected')
				    then 'no-answer'
				when new in ('error', 'rejected') then 'failed'
			end as new
			from named
		), moved as (
			update public.calls c
			set status = coalesce(m.new, 'failed'),
			    ended_reason = case when m.new is null then
			        coalesce(c.ended_reason, m.old)
			        else c.ended_reason end
			from mapped m
			where m.old is not distinct from c.status
			    and m.new is distinct from m.old
			returning m.old, c.status as new
		)
		select old, new, count(*) as rows from moved group by 1, 2
		order by 1
	loop
		raise notice 'calls.status: "%" is now "%" in % rows',
		    s.old, s.new, s.rows;
	end loop;

	for s in
		update public.calls c set duration_seconds = null
		from public.calls was
		where was.id = c.id and c.duration_seconds < 0
		returning c.id, c.user_id, was.duration_seconds as old
	loop
		raise notice
		    'calls: negative duration removed from row % (%): %',
		    s.id, s.user_id, s.old;
	end loop;
end $$;

-- Hours of an older project that say nothing: the row stays, and counts as
-- none. A day that is closed is so, whatever its times.
do $$
declare
	bad record;
begin
	for bad in
		update public.working_hours h
		set day_of_week = null, open_time = null, close_time = null
		where not coalesce(day_of_week between 0 and 6, false)
		    or not coalesce(is_closed, false)
		    and ((open_time is null) <> (close_time is null)
		        or close_time <= open_time)
		returning h.id, h.user_id
	loop
		raise notice 'working_hours: row % (%) told no hours',
		    bad.id, bad.user_id;
	end loop;
	update public.working_hours
	set is_closed = coalesce(is_closed, false),
	    open_time = case when is_closed then null else open_time end,
	    close_time = case when is_closed then null else close_time end
	where is_closed is null
	    or is_closed and num_nonnulls(open_time, close_time) > 0;
end $$;

-- Empty cells where there must be a value.
do $$
declare
	w record;
	filled bigint;
begin
	for w in select * from tenant_columns where required
	    order by tab, place loop
		if w.def is not null and w.col <> 'user_id' then
			execute format('update public.%I set %I = default'
			    ' where %2$I is null', w.tab, w.col);
			get diagnostics filled = row_count;
			if filled > 0 then
				raise notice 'empty %.% filled in % rows',
				    w.tab, w.col, filled;
			end if;
		end if;
		execute format('alter table public.%I'
		    ' alter column %I set not null', w.tab, w.col);
	end loop;
end $$;

-- Keys, checks and indexes; references last. One check is written out, since
-- what pg_get_constraintdef tells of it has fewer parentheses.
alter table public.intents
    add constraint intents_slug_sane check (length(slug) between 2 and 50
	and slug ~ '^[a-z][a-z0-9_]+$');
do $$
declare
	r record;
begin
	for r in select * from tenant_keys where name <> 'intents_slug_sane'
	    order by kind = 'f', kind = 'c', tab, name loop
		execute format('alter table public.%I add constraint %I %s',
		    r.tab, r.name, r.def);
	end loop;
	for r in select def from tenant_indexes loop
		execute r.def;
	end loop;
end $$;

create temporary table unseen on commit drop as
select a.attrelid::regclass as tab, a.attname as col, a.attnum as num
from tenant_columns w
join pg_attribute a on a.attrelid = format('public.%I', w.tab)::regclass
    and a.attname = w.col
where w.unseen;

-- What "analyze" had found of columns that the baseline has no statistics of
-- stays, since it passes them over. A superuser takes it away, from PostgreSQL
-- 18 on the owner does. Otherwise it is brought to the least that there is, the
-- share of the one most common value, if that stands out.
do $$
declare
	u record;
	cleared boolean := to_regproc('pg_catalog.pg_clear_attribute_stats')
	    is not null;
begin
	if (select rolsuper from pg_roles where rolname = current_user) then
		delete from pg_statistic s using unseen
		where s.starelid = tab and s.staattnum = num;
		cleared := true;
	elsif cleared then
		perform pg_clear_attribute_stats(n.nspname::text,
		    c.relname::text, found.col::text, false)
		from unseen found
		join pg_class c on c.oid = found.tab
		join pg_namespace n on n.oid = c.relnamespace;
	end if;
	for u in select tab, string_agg(format('alter %I set statistics 1',
	        col), ', ') as least, string_agg(format('alter %I set'
	        ' statistics 0', col), ', ') as none,
	    string_agg(quote_ident(col), ', ') as cols
	    from unseen group by tab
	loop
		if not cleared and exists (select from pg_class
		    where oid = u.tab and reltuples > 0) then
			execute format('alter table %s %s', u.tab, u.least);
			execute format('analyze %s (%s)', u.tab, u.cols);
			raise notice '%: the most common value may stay in the'
			    ' statistics; as a superuser: delete from'
			    ' pg_statistic where starelid = ''%''::regclass',
			    u.tab, u.tab;
		end if;
		execute format('alter table %s %s', u.tab, u.none);
	end loop;
end $$;

-- Everything goes to the owner, row level security holds for all of them, and
-- what the older project gave away is taken back.
do $$
declare
	lend boolean := not has_schema_privilege('callward_owner', 'public',
	    'create');
	outside text;
	r record;
begin
	select string_agg(rol, ', ') into outside
	from unnest(array['public', 'anon', 'authenticated']) rol
	where rol = 'public'
	    or exists (select from pg_roles where rolname = rol);
	if lend then
		grant create on schema public to callward_owner;
	end if;
	for r in select tab from tenant_tables loop
		execute format('revoke all on public.%I from %s', r.tab,
		    outside);
		execute format('alter table public.%I'
		    ' enable row level security, force row level security,'
		    ' owner to callward_owner', r.tab);
	end loop;
	if lend then
		revoke create on schema public from callward_owner;
	end if;
end $$;

-- The views come back.
do $$
declare
	v record;
	g record;
begin
	for v in select * from older_views order by depth, name loop
		execute format('create view %s with (%s) as %s', v.name,
		    concat_ws(', ', 'security_invoker = true', v.options),
		    v.definition);
		for g in
			select a.grantee::regrole as other
			from pg_class c, aclexplode(c.relacl) a
			where c.oid = v.name::regclass
			    and a.grantee not in (0, c.relowner)
			group by 1
		loop
			execute format('revoke all on %s from %s', v.name,
			    g.other);
		end loop;
		if v.remark is not null then
			execute format('comment on view %s is %L', v.name,
			    v.remark);
		end if;
		for g in
			select a.grantee, a.privilege_type, a.is_grantable
			from aclexplode(v.relacl) a
			where a.grantee <> v.owner
		loop
			execute format('grant %s on %s to %s%s',
			    g.privilege_type,
			    v.name, case g.grantee when 0 then 'public'
			        else g.grantee::regrole::text end,
			    case when g.is_grantable
			        then ' with grant option' else '' end);
		end loop;
		execute format('alter view %s owner to %s', v.name, v.owner);
		raise notice 'view % now reads with its reader''s rights',
		    v.name;
	end loop;
end $$;

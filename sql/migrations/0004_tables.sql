-- The tenants' seven tables in schema public.
--
-- There is one way to the seven, whether the database is empty or an older
-- project: a table that is missing is made bare, then every table is brought
-- to the shape that this file lists. On an older project the rows are put in
-- order on the way, and each list of what was changed is told as notices;
-- numbers in them show their last four digits only.

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

create temporary table tenant_columns on commit drop as
select * from (values
	('assistants', 'id', 'uuid', 'gen_random_uuid()', true),
	('assistants', 'user_id', 'text', 'callward.current_user_id()', true),
	('assistants', 'name', 'text', null, true),
	('assistants', 'vapi_assistant_id', 'text', null, false),
	('assistants', 'max_duration_seconds', 'integer', '600', true),
	('assistants', 'created_at', 'timestamptz', 'now()', true),
	('assistants', 'updated_at', 'timestamptz', 'now()', true),

	('phone_numbers', 'id', 'uuid', 'gen_random_uuid()', true),
	('phone_numbers', 'user_id', 'text', 'callward.current_user_id()',
	    true),
	('phone_numbers', 'phone_number', 'text', null, false),
	('phone_numbers', 'phone_number_raw', 'text', null, false),
	('phone_numbers', 'label', 'text', null, false),
	('phone_numbers', 'assistant_id', 'uuid', null, false),
	('phone_numbers', 'vapi_assistant_id', 'text', null, false),
	('phone_numbers', 'match_rule', 'text', '''from''', true),
	('phone_numbers', 'status', 'text', '''pending''', true),
	('phone_numbers', 'fallback_number', 'text', null, false),
	('phone_numbers', 'verified_at', 'timestamptz', null, false),
	('phone_numbers', 'created_at', 'timestamptz', 'now()', true),
	('phone_numbers', 'updated_at', 'timestamptz', 'now()', true),

	('assistant_tests', 'id', 'uuid', 'gen_random_uuid()', true),
	('assistant_tests', 'user_id', 'text', 'callward.current_user_id()',
	    true),
	('assistant_tests', 'assistant_id', 'uuid', null, false),
	('assistant_tests', 'status', 'text', null, false),
	('assistant_tests', 'result', 'jsonb', null, false),
	('assistant_tests', 'created_at', 'timestamptz', 'now()', true),

	('intents', 'id', 'uuid', 'gen_random_uuid()', true),
	('intents', 'user_id', 'text', 'callward.current_user_id()', true),
	('intents', 'name', 'text', null, true),
	('intents', 'description', 'text', null, false),
	('intents', 'created_at', 'timestamptz', 'now()', true),

	('subscriptions', 'id', 'uuid', 'gen_random_uuid()', true),
	('subscriptions', 'user_id', 'text', 'callward.current_user_id()',
	    true),
	('subscriptions', 'plan', 'text', null, false),
	('subscriptions', 'status', 'text', null, false),
	('subscriptions', 'current_period_end', 'timestamptz', null, false),
	('subscriptions', 'created_at', 'timestamptz', 'now()', true),

	('working_hours', 'id', 'uuid', 'gen_random_uuid()', true),
	('working_hours', 'user_id', 'text', 'callward.current_user_id()',
	    true),
	('working_hours', 'day_of_week', 'integer', null, false),
	('working_hours', 'open_time', 'time', null, false),
	('working_hours', 'close_time', 'time', null, false),
	('working_hours', 'is_closed', 'boolean', 'false', false),

	('calls', 'id', 'uuid', 'gen_random_uuid()', true),
	('calls', 'user_id', 'text', 'callward.current_user_id()', true),
	('calls', 'assistant_id', 'uuid', null, false),
	('calls', 'phone_number_id', 'uuid', null, false),
	('calls', 'caller_phone_number', 'text', null, true),
	('calls', 'assistant_phone_number', 'text', null, true),
	('calls', 'twilio_call_sid', 'text', null, false),
	('calls', 'vapi_call_id', 'text', null, false),
	('calls', 'status', 'text', '''initiated''', true),
	('calls', 'owner_rule', 'text', null, false),
	('calls', 'stir_verstat', 'text', null, false),
	('calls', 'forwarded_from', 'text', null, false),
	('calls', 'diversion', 'text', null, false),
	('calls', 'ended_reason', 'text', null, false),
	('calls', 'started_at', 'timestamptz', null, false),
	('calls', 'ended_at', 'timestamptz', null, false),
	('calls', 'duration_seconds', 'integer', null, false),
	('calls', 'recording_url', 'text', null, false),
	('calls', 'transcript', 'text', null, false),
	('calls', 'messages', 'jsonb', null, false),
	('calls', 'summary', 'text', null, false),
	('calls', 'analysis', 'jsonb', null, false),
	('calls', 'structured_data', 'jsonb', null, false),
	('calls', 'success_evaluation', 'text', null, false),
	('calls', 'cost_usd', 'numeric', null, false),
	('calls', 'metadata', 'jsonb', null, false),
	('calls', 'report_at', 'timestamptz', null, false),
	('calls', 'revisions', 'jsonb', '''[]''', true),
	('calls', 'created_at', 'timestamptz', 'now()', true),
	('calls', 'updated_at', 'timestamptz', 'now()', true)
) as listed (tab, col, typ, def, required);

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

-- A number that stood before is in use; one that is added from now on is not
-- until its owner has proven it.
alter table public.phone_numbers
    add column if not exists status text default 'active';

-- Columns: add what is missing, turn what has another type.
do $$
declare
	w record;
	has record;
	typ text;
begin
	for w in select * from tenant_columns loop
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
		elsif has.typ <> format_type(w.typ::regtype, null)
		    or w.col = 'user_id'
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
		    phone_number = case when q.plain ~ '^\+[1-9][0-9]{6,14}$'
		        then q.plain end,
		    status = case when q.plain ~ '^\+[1-9][0-9]{6,14}$'
		        then p.status else 'pending' end
		from (
			select id, case when phone_number !~ '\(0\)' then
			    regexp_replace(phone_number,
			        '[[:space:]().\-/]', '', 'g') end as plain
			from public.phone_numbers
		) q
		where q.id = p.id and p.phone_number !~ '^\+[1-9][0-9]{6,14}$'
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

-- Empty cells where there must be a value.
do $$
declare
	w record;
	filled bigint;
begin
	for w in select * from tenant_columns where required loop
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

-- Keys and checks. Every key begins with the tenant, but for the one that is
-- global by nature: an active number has one owner.
do $$
declare
	t text;
begin
	for t in select tab from tenant_tables loop
		execute format('alter table public.%1$I'
		    ' add constraint %2$I primary key (user_id, id),'
		    -- counted apart: a bounded repeat is slow to match
		    ' add constraint %3$I check (length(user_id) <= 64'
		    ' and user_id ~ ''^[A-Za-z0-9_-]+$'')',
		    t, t || '_key', t || '_tenant_sane');
	end loop;
end $$;

alter table public.assistants
    add constraint assistants_duration_sane
	check (max_duration_seconds between 10 and 43200);

alter table public.phone_numbers
    add constraint phone_numbers_assistant
	foreign key (user_id, assistant_id)
	references public.assistants (user_id, id)
	on delete set null (assistant_id),
    add constraint phone_numbers_e164
	check (phone_number ~ '^\+[1-9][0-9]{6,14}$'),
    add constraint phone_numbers_fallback_e164
	check (fallback_number ~ '^\+[1-9][0-9]{6,14}$'),
    add constraint phone_numbers_number_known
	check (phone_number is not null or phone_number_raw is not null
	    and status in ('pending', 'released')),
    add constraint phone_numbers_rule_known
	check (match_rule in ('from', 'forwarded_from', 'diversion', 'to')),
    add constraint phone_numbers_status_known
	check (status in ('pending', 'active', 'paused', 'released'));
create unique index phone_numbers_active
    on public.phone_numbers (phone_number) where status = 'active';
create index phone_numbers_by_assistant
    on public.phone_numbers (user_id, assistant_id);

alter table public.assistant_tests
    add constraint assistant_tests_assistant
	foreign key (user_id, assistant_id)
	references public.assistants (user_id, id)
	on delete set null (assistant_id);
create index assistant_tests_by_assistant
    on public.assistant_tests (user_id, assistant_id);

-- Each check is read anew by every statement that writes a call, so there are
-- few; owner_rule and revisions are bounded by the functions that write them.
alter table public.calls
    add constraint calls_assistant
	foreign key (user_id, assistant_id)
	references public.assistants (user_id, id)
	on delete set null (assistant_id),
    add constraint calls_phone_number
	foreign key (user_id, phone_number_id)
	references public.phone_numbers (user_id, id)
	on delete set null (phone_number_id),
    add constraint calls_call_sid_sane
	check (length(twilio_call_sid) = 34
	    and twilio_call_sid ~ '^CA[0-9a-fA-F]+$'),
    add constraint calls_status_known
	check (status in ('initiated', 'ringing', 'in-progress', 'forwarding',
	    'completed', 'no-answer', 'busy', 'failed', 'canceled')),
    add constraint calls_figures_sane
	check (duration_seconds >= 0 and cost_usd >= 0);
create unique index calls_twilio_call_sid
    on public.calls (user_id, twilio_call_sid);
create unique index calls_vapi_call_id
    on public.calls (user_id, vapi_call_id) where vapi_call_id is not null;
create index calls_newest on public.calls (user_id, created_at desc, id);
create index calls_open
    on public.calls (user_id, phone_number_id, created_at)
    where status in ('initiated', 'ringing', 'in-progress', 'forwarding');

-- For the resolver, which asks across tenants.
create index calls_any_id on public.calls (id);
create index calls_any_call_sid on public.calls (twilio_call_sid);
create index calls_any_vapi_call_id
    on public.calls (vapi_call_id) where vapi_call_id is not null;

create trigger touch before update on public.assistants
    for each row execute function callward.touch();
create trigger touch before update on public.phone_numbers
    for each row execute function callward.touch();

-- Everything goes to the owner, and then the views come back.
do $$
declare
	lend boolean := not has_schema_privilege('callward_owner', 'public',
	    'create');
	r record;
begin
	if lend then
		grant create on schema public to callward_owner;
	end if;
	for r in select tab from tenant_tables loop
		execute format('alter table public.%I owner to callward_owner',
		    r.tab);
	end loop;
	if lend then
		revoke create on schema public from callward_owner;
	end if;
end $$;

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

-- What the dashboard shows and lets a clinic set: an eighth tenant table for
-- the clinic's own settings, new columns of the seven, and the audit log.
--
-- Functions that do for a tenant what the dashboard's role may not do itself
-- are named tenant_...; they take the tenant from its claims alone.

-- What 0007 says, as a function that does not stand in the way of a column:
-- one whose body is parsed ahead holds fast the type of the row.
grant create on schema callward to callward_writer;
set local role callward_writer;
drop function callward.differences(public.calls, public.calls);
create function callward.differences(c public.calls, e public.calls)
returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
	return (select coalesce(jsonb_object_agg(name, said)
	        filter (where said <> stands), '{}')
	    from (values
		('ended_reason', to_jsonb(c.ended_reason),
		    to_jsonb(e.ended_reason)),
		('duration_seconds', to_jsonb(c.duration_seconds),
		    to_jsonb(e.duration_seconds)),
		('transcript', to_jsonb(c.transcript), to_jsonb(e.transcript)),
		('messages', c.messages, e.messages),
		('summary', to_jsonb(c.summary), to_jsonb(e.summary)),
		('analysis', c.analysis, e.analysis),
		('structured_data', c.structured_data, e.structured_data),
		('success_evaluation', to_jsonb(c.success_evaluation),
		    to_jsonb(e.success_evaluation)),
		('cost_usd', to_jsonb(c.cost_usd), to_jsonb(e.cost_usd))
	    ) as compared (name, stands, said));
end $$;
revoke all on function callward.differences(public.calls, public.calls)
    from public;
reset role;
revoke create on schema callward from callward_writer;

-- Rows are put in order and keys are added below.
do $$
declare
	t text;
begin
	foreach t in array array['assistants', 'phone_numbers',
	    'assistant_tests', 'intents', 'subscriptions', 'working_hours',
	    'calls'] loop
		execute format('alter table public.%I'
		    ' no force row level security', t);
	end loop;
end $$;

-- Columns. An older project may have one of these names for something else:
-- then nothing is guessed, and the migration stops and names it.
create temporary table more_columns on commit drop as
select * from (values
	('assistants', 'greeting', 'text', null),
	('assistants', 'language', 'text', null),

	('phone_numbers', 'assistant_phone_number', 'text', null),

	('assistant_tests', 'name', 'text', null),
	('assistant_tests', 'script', 'text', null),
	('assistant_tests', 'expected', 'jsonb', null),
	('assistant_tests', 'score', 'numeric', null),
	('assistant_tests', 'transcript', 'text', null),
	('assistant_tests', 'error', 'text', null),
	('assistant_tests', 'call_id', 'uuid', null),
	('assistant_tests', 'started_at', 'timestamptz', null),
	('assistant_tests', 'finished_at', 'timestamptz', null),
	('assistant_tests', 'updated_at', 'timestamptz', 'now()'),

	('intents', 'slug', 'text', null),
	('intents', 'assistant_id', 'uuid', null),
	('intents', 'example_phrases', 'text[]', '''{}'''),
	('intents', 'marks_follow_up', 'boolean', 'false'),
	('intents', 'is_enabled', 'boolean', 'true'),
	('intents', 'updated_at', 'timestamptz', 'now()'),

	('subscriptions', 'included_seconds', 'integer', null),
	('subscriptions', 'cap_behaviour', 'text', '''fallback'''),
	('subscriptions', 'current_period_start', 'timestamptz', null),
	('subscriptions', 'updated_at', 'timestamptz', 'now()'),

	('working_hours', 'phone_number_id', 'uuid', null),
	('working_hours', 'specific_date', 'date', null),
	('working_hours', 'date_end', 'date', null),
	('working_hours', 'reason', 'text', null),
	('working_hours', 'created_at', 'timestamptz', 'now()'),
	('working_hours', 'updated_at', 'timestamptz', 'now()'),

	('calls', 'follow_up_state', 'text', '''none'''),
	('calls', 'follow_up_note', 'text', null),
	('calls', 'follow_up_by', 'text', null),
	('calls', 'follow_up_at', 'timestamptz', null),
	('calls', 'tags', 'text[]', '''{}'''),
	('calls', 'notes', 'text', null),
	('calls', 'is_test', 'boolean', 'false'),
	('calls', 'after_hours', 'boolean', 'false')
) as listed (tab, col, typ, def);

do $$
declare
	w record;
	has record;
	filled bigint;
begin
	for w in select * from more_columns loop
		execute format('alter table public.%I'
		    ' add column if not exists %I %s', w.tab, w.col, w.typ
		    || coalesce(' not null default ' || w.def, ''));
		select format_type(atttypid, atttypmod) as typ, attnotnull
		into has
		from pg_attribute
		where attrelid = format('public.%I', w.tab)::regclass
		    and attname = w.col and not attisdropped;
		if has.typ <> format_type(w.typ::regtype, null) then
			raise exception 'column %.% is in use for something'
			    ' else (%): rename it first', w.tab, w.col,
			    has.typ;
		end if;
		-- One that was there comes to the same shape.
		if w.def is null then
			execute format('alter table public.%I'
			    ' alter column %I drop not null', w.tab, w.col);
			continue;
		end if;
		if not has.attnotnull then
			execute format('update public.%1$I set %2$I = %3$s'
			    ' where %2$I is null', w.tab, w.col, w.def);
			get diagnostics filled = row_count;
			raise notice 'empty %.% filled in % rows',
			    w.tab, w.col, filled;
		end if;
		execute format('alter table public.%1$I'
		    ' alter column %2$I set default %3$s,'
		    ' alter column %2$I set not null', w.tab, w.col, w.def);
	end loop;
end $$;

-- The intent that the assistant's analysis names. What is no name of an intent
-- is none.
alter table public.calls
    add column intent text generated always as (
	case when length(structured_data ->> 'intent') <= 50
	    and structured_data ->> 'intent' ~ '^[a-z][a-z0-9_]+$'
	    then structured_data ->> 'intent' end) stored;

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

alter table public.working_hours
    alter is_closed set not null,
    add constraint working_hours_day_known
	check (day_of_week between 0 and 6),
    add constraint working_hours_one_kind
	check (day_of_week is null or specific_date is null),
    add constraint working_hours_dates_sane
	check (date_end is null
	    or specific_date is not null and date_end >= specific_date),
    add constraint working_hours_times_sane
	check ((open_time is null) = (close_time is null)
	    and (open_time is null or not is_closed)
	    and close_time > open_time),
    add constraint working_hours_phone_number
	foreign key (user_id, phone_number_id)
	references public.phone_numbers (user_id, id) on delete cascade;
create index working_hours_by_number
    on public.working_hours (user_id, phone_number_id);

alter table public.phone_numbers
    add constraint phone_numbers_line_e164
	check (assistant_phone_number ~ '^\+[1-9][0-9]{6,14}$');

alter table public.intents
    add constraint intents_slug_sane
	check (length(slug) between 2 and 50
	    and slug ~ '^[a-z][a-z0-9_]+$'),
    add constraint intents_assistant
	foreign key (user_id, assistant_id)
	references public.assistants (user_id, id)
	on delete set null (assistant_id);
create unique index intents_slug on public.intents (user_id, slug);
create index intents_by_assistant on public.intents (user_id, assistant_id);

alter table public.assistant_tests
    alter status set default 'queued',
    add constraint assistant_tests_score_sane
	check (score between 0 and 100),
    add constraint assistant_tests_call
	foreign key (user_id, call_id)
	references public.calls (user_id, id) on delete set null (call_id);
create index assistant_tests_by_call
    on public.assistant_tests (user_id, call_id);

alter table public.subscriptions
    add constraint subscriptions_seconds_sane
	check (included_seconds >= 0),
    add constraint subscriptions_cap_known
	check (cap_behaviour in ('fallback', 'overage'));
create index subscriptions_newest
    on public.subscriptions (user_id, created_at desc);

alter table public.calls
    add constraint calls_follow_up_known
	check (follow_up_state in ('none', 'open', 'in_progress', 'done'));
create index calls_follow_up
    on public.calls (user_id, follow_up_state, created_at desc, id desc)
    where follow_up_state <> 'none';
-- A call points to its number: whoever deletes one looks here.
create index calls_by_number
    on public.calls (user_id, phone_number_id, created_at desc, id desc);

-- A clinic's own settings. No row: these defaults.
create table public.clinic_settings (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	name text check (length(name) <= 80),
	timezone text not null default 'UTC',
	language text not null default 'en' check (length(language) <= 35),
	open_action text not null default 'assistant'
	    check (open_action in ('assistant', 'fallback')),
	closed_action text not null default 'assistant'
	    check (closed_action in ('assistant', 'message', 'fallback')),
	after_hours_message text check (length(after_hours_message) <= 1000),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	constraint clinic_settings_key primary key (user_id, id),
	constraint clinic_settings_one unique (user_id),
	constraint clinic_settings_tenant_sane
	    check (length(user_id) <= 64 and user_id ~ '^[A-Za-z0-9_-]+$')
);

do $$
declare
	own_rows constant text := 'using '
	    '(user_id = (select callward.current_user_id())) with check '
	    '(user_id = (select callward.current_user_id()))';
	acting text := 'callward_tenant, callward_writer';
	outside text := 'public';
	lend boolean := not has_schema_privilege('callward_owner', 'public',
	    'create');
begin
	if exists (select from pg_roles where rolname = 'anon') then
		outside := outside || ', anon';
	end if;
	if exists (select from pg_roles where rolname = 'authenticated') then
		acting := acting || ', authenticated';
		outside := outside || ', authenticated';
	end if;
	execute format('revoke all on public.clinic_settings from %s', outside);
	alter table public.clinic_settings
	    enable row level security, force row level security;
	execute format('create policy tenant_rows on public.clinic_settings'
	    ' as permissive for all to %s %s', acting, own_rows);
	execute format('create policy tenant_wall on public.clinic_settings'
	    ' as restrictive for all to %s %s', acting, own_rows);
	if lend then
		grant create on schema public to callward_owner;
	end if;
	alter table public.clinic_settings owner to callward_owner;
	if lend then
		revoke create on schema public from callward_owner;
	end if;
end $$;

do $$
declare
	t text;
begin
	foreach t in array array['assistants', 'phone_numbers',
	    'assistant_tests', 'intents', 'subscriptions', 'working_hours',
	    'calls'] loop
		execute format('alter table public.%I'
		    ' force row level security', t);
	end loop;
end $$;

-- Who read what is delicate, and when. For the operator alone; it grows until
-- callward prune.
create table callward.audit_log (
	id uuid primary key default gen_random_uuid(),
	at timestamptz not null default now(),
	user_id text collate "C" not null,
	actor text not null,
	action text not null check (action in ('read_call', 'play_recording',
	    'export_calls', 'run_test')),
	subject text
);
create index audit_log_at on callward.audit_log (at);
create index audit_log_user on callward.audit_log (user_id, at);
alter table callward.audit_log owner to callward_owner;
grant select, insert on callward.audit_log to callward_writer;

-- Leave a line about what this tenant reads; actor is who really does. A page
-- refreshes, and a player asks for a recording in many pieces: what is read
-- again within ten minutes leaves no second line.
create function callward.tenant_audit(action text, subject text, actor text)
returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
	if tenant_audit.subject is not null and exists (
	    select from callward.audit_log l
	    where l.user_id = callward.current_user_id()
	        and l.at > now() - interval '10 minutes'
	        and l.action = tenant_audit.action
	        and l.actor = left(tenant_audit.actor, 128)
	        and l.subject = left(tenant_audit.subject, 128)) then
		return true;
	end if;
	insert into callward.audit_log (user_id, actor, action, subject)
	values (callward.current_user_id(), left(tenant_audit.actor, 128),
	    tenant_audit.action, left(tenant_audit.subject, 128));
	return true;
end $$;

-- Follow-up, tags and notes are the clinic's. Their bounds stand here, so
-- that the other writers of a call do not pay for them.
create function callward.follow_up() returns trigger
language plpgsql set search_path = ''
as $$
begin
	if new.follow_up_state is distinct from old.follow_up_state then
		new.follow_up_at := now();
	end if;
	if length(new.follow_up_note) > 1000 or length(new.follow_up_by) > 80
	    or length(new.notes) > 4000 or cardinality(new.tags) > 20
	    or exists (select from unnest(new.tags) t
	        where t is null or length(t) not between 1 and 40) then
		raise exception 'follow-up, tags or notes are too long'
		    using errcode = '22001';
	end if;
	new.updated_at := now();
	return new;
end $$;
create trigger follow_up
    before update of follow_up_state, follow_up_note, follow_up_by, tags, notes
    on public.calls for each row execute function callward.follow_up();

-- A report that names an intent which marks follow-up opens it.
create function callward.follow_intent() returns trigger
language plpgsql set search_path = ''
as $$
begin
	if new.follow_up_state = 'none' and exists (select from public.intents
	    where user_id = new.user_id
	        and slug = new.structured_data ->> 'intent'
	        and marks_follow_up and is_enabled) then
		new.follow_up_state := 'open';
		new.follow_up_at := now();
	end if;
	return new;
end $$;
create trigger follow_intent before update of structured_data on public.calls
    for each row when (new.structured_data is not null
	and new.structured_data is distinct from old.structured_data)
    execute function callward.follow_intent();

-- A time zone is UTC or one of the form Area/Place that the database knows: not
-- an abbreviation, a rule (EST5EDT) or a file's (posixrules). The form leaves no
-- room for a rule, which needs digits; pg_timezone_names is not asked, because
-- that list takes a tenth of a second to make.
create function callward.timezone_is_known(name text) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
	if coalesce(timezone_is_known.name !~ ('^(UTC|Etc/GMT([+-]1?[0-9])?'
	    '|[A-Z][A-Za-z_]*(/[A-Z][A-Za-z_-]*){1,2})$'), true) then
		return false;
	end if;
	perform now() at time zone timezone_is_known.name;
	return true;
exception
	when invalid_parameter_value then
		return false;
end $$;

create function callward.timezone_known() returns trigger
language plpgsql set search_path = ''
as $$
begin
	if tg_op = 'UPDATE' and new.timezone = old.timezone then
		return new;
	end if;
	if not callward.timezone_is_known(new.timezone) then
		raise exception 'no such time zone' using errcode = '22023';
	end if;
	return new;
end $$;
create trigger timezone_known
    before insert or update of timezone on public.clinic_settings
    for each row execute function callward.timezone_known();

create trigger touch before update on public.clinic_settings
    for each row execute function callward.touch();
create trigger touch before update on public.intents
    for each row execute function callward.touch();
create trigger touch before update on public.working_hours
    for each row execute function callward.touch();
create trigger touch before update on public.assistant_tests
    for each row execute function callward.touch();
create trigger touch before update on public.subscriptions
    for each row execute function callward.touch();

-- Privileges, by column as in 0005.
do $$
declare
	name text;
begin
	foreach name in array array['callward_tenant', 'authenticated'] loop
		continue when not exists (select from pg_roles
		    where rolname = name);
		execute format($grant$
			grant select, insert (user_id, name, timezone, language,
			        open_action, closed_action,
			        after_hours_message),
			    update (name, timezone, language, open_action,
			        closed_action, after_hours_message)
			on public.clinic_settings to %1$I;

			grant select (greeting, language),
			    insert (greeting, language),
			    update (greeting, language)
			on public.assistants to %1$I;

			grant select (assistant_phone_number)
			on public.phone_numbers to %1$I;

			grant select (name, script, expected, score, transcript,
			        error, call_id, started_at, finished_at,
			        updated_at),
			    insert (name, script, expected),
			    update (name, script, expected)
			on public.assistant_tests to %1$I;

			grant select (slug, assistant_id, example_phrases,
			        marks_follow_up, is_enabled, updated_at),
			    insert (slug, assistant_id, example_phrases,
			        marks_follow_up, is_enabled),
			    update (slug, assistant_id, example_phrases,
			        marks_follow_up, is_enabled)
			on public.intents to %1$I;

			grant select (included_seconds, cap_behaviour,
			    current_period_start, updated_at)
			on public.subscriptions to %1$I;

			grant select (phone_number_id, specific_date, date_end,
			        reason, created_at, updated_at),
			    insert (phone_number_id, specific_date, date_end,
			        reason),
			    update (phone_number_id, specific_date, date_end,
			        reason)
			on public.working_hours to %1$I;

			grant select (follow_up_state, follow_up_note,
			        follow_up_by, follow_up_at, tags, notes,
			        is_test, after_hours, intent),
			    update (follow_up_state, follow_up_note,
			        follow_up_by, tags, notes)
			on public.calls to %1$I;
		$grant$, name);
	end loop;
end $$;

grant select on public.clinic_settings, public.working_hours, public.intents
    to callward_writer;
grant insert (greeting, language), update (greeting, language)
on public.assistants to callward_writer;
grant insert (assistant_phone_number), update (assistant_phone_number)
on public.phone_numbers to callward_writer;
grant select,
    update (status, result, score, transcript, error, call_id, started_at,
        finished_at)
on public.assistant_tests to callward_writer;
grant insert (plan, status, included_seconds, cap_behaviour,
        current_period_start, current_period_end),
    update (plan, status, included_seconds, cap_behaviour,
        current_period_start, current_period_end)
on public.subscriptions to callward_writer;
grant insert (status, is_test, after_hours, started_at, ended_at,
        duration_seconds, transcript, messages, summary)
on public.calls to callward_writer;

-- A tenant's own settings, unlike other rows, are there once: one more of its
-- own is refused for that, which proves as much as one that is taken.
create or replace function callward.audit_run(
	role name, tab regclass, command text, kind text, claims text[],
	me text, other text,
	out outcome text, out verdict text)
language plpgsql set search_path = ''
as $$
declare
	s record;
	one text;
	attack text;
	seen text[] := '{}';
begin
	verdict := 'ok';
	if command in ('refer', 'truncate') and (
	    pg_catalog.has_table_privilege(role, tab, case command
	        when 'refer' then 'references' else 'truncate' end)
	    or command = 'refer' and pg_catalog.has_any_column_privilege(role,
	        tab, 'references')) then
		outcome := 'allowed';
		verdict := 'leak';
		return;
	end if;
	s := callward.audit_statements(role, tab, me, other, command);
	foreach one in array claims loop
		foreach attack in array s.attacks loop
			seen := seen || callward.audit_try(role, one, attack, false);
		end loop;
	end loop;
	select string_agg(distinct o, ' or ') into outcome from unnest(seen) o;
	if exists (select from unnest(seen) o where o ~ '^[1-9]') then
		verdict := 'leak';
	elsif exists (select from unnest(seen) o where o ~ '^error'
	    and not (kind = 'malformed' and o = 'error 22P02')
	    and not (command = 'refer' and o = 'error 23503')) then
		verdict := 'untested';
	elsif kind = 'own' and s.control is not null then
		outcome := callward.audit_try(role, claims[1], s.control, false);
		if outcome !~ '^([1-9]|denied$|error 23505$)' then
			verdict := 'untested';
		end if;
	end if;
	outcome := coalesce(outcome, 'denied');
end $$;

-- The dashboard's statements have filters that are there or not: planned for
-- what is asked, each is one walk along an index.
alter role callward_tenant set plan_cache_mode = force_custom_plan;

do $$
declare
	f regprocedure;
	acting text := 'callward_tenant, callward_writer';
begin
	if exists (select from pg_roles where rolname = 'authenticated') then
		acting := acting || ', authenticated';
	end if;
	grant create on schema callward to callward_writer;
	for f in select oid from pg_proc
	    where pronamespace = 'callward'::regnamespace
	        and proname in ('tenant_audit', 'follow_up', 'follow_intent',
	            'timezone_is_known', 'timezone_known')
	loop
		execute format('revoke all on function %s from public', f);
		if f::text like 'callward.tenant\_%' then
			execute format('grant execute on function %s'
			    ' to callward_tenant', f);
			execute format('alter function %s'
			    ' owner to callward_writer', f);
		else
			-- a trigger asks as whoever writes the row
			if f::text like 'callward.timezone\_is\_known(%' then
				execute format('grant execute on function %s'
				    ' to %s', f, acting);
			end if;
			execute format('alter function %s'
			    ' owner to callward_owner', f);
		end if;
	end loop;
	revoke create on schema callward from callward_writer;
end $$;

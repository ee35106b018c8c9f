-- The tables and what they stand on: types, keys and indexes, and the function
-- that names the tenant, which defaults and policies need. What else there is
-- stands once: sql/functions, sql/triggers.sql, sql/access.sql, sql/roles.sql.

create function callward.current_user_id() returns text
language sql stable parallel safe
return nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb
    ->> 'sub', '');

comment on function callward.current_user_id() is
'The tenant whose claims this transaction carries. Null when none are set; an
error when they are no JSON. Policies must call it as a sub-select.';

alter function callward.current_user_id() owner to callward_owner;
revoke all on function callward.current_user_id() from public;

-- What functions take and give ------------------------------------------------

create type callward.number_owner as (
	user_id text, phone_number_id uuid, owner_rule text, conflict boolean
);

-- What came of an arriving call (callward.open_call).
create type callward.opening as (
	verdict text, answer text, age_ms bigint, user_id text, call_id uuid,
	assistant_id uuid, phone_number_id uuid, vapi_assistant_id text,
	owner_rule text, vapi_phone_number_id text, fallback text,
	line_fallback text, dialled_recently boolean, after_hours boolean,
	capped boolean, greeting text, language text, clinic_name text,
	after_hours_message text, message_language text,
	line_dialled_recently boolean
);

create type callward.settlement as (verdict text, answer text);

-- What came of a message (callward.apply_event).
create type callward.filing as (
	verdict text, reason text, user_id text, call_id uuid
);

-- What came of something that a clinic writes.
create type callward.written as (outcome text, answer json);

-- The figures of one period, from rows of (status, calls, ...).
create type callward.figures as (
	calls bigint, answered bigint, missed bigint, after_hours bigint,
	seconds bigint, average_seconds numeric, successes bigint,
	rated bigint, cost_usd numeric, follow_up_open bigint
);

-- A quarter of an hour that has calls; nth: 0 to 95, from the day's beginning.
create type callward.quarter as (
	nth smallint, calls integer, answered integer, missed integer,
	after_hours integer, seconds integer
);

-- What a call has to be, besides what it is found by (search_terms); since and
-- until: when it was.
create type callward.call_filter as (
	status text, follow_up text, outcome text, phone_number_id uuid,
	since timestamptz, until timestamptz
);

-- Calls that were found, newest first, and the place in the list that was
-- reached: of those behind it nothing is known yet. Null: there are none
-- behind, or as many as were asked for in front. a_day: how many calls a day
-- were looked at.
create type callward.walk as (
	ids uuid[], reached_at timestamptz, reached_id uuid, a_day integer
);

-- What belongs to no tenant ---------------------------------------------------

-- A line is a number on which assistants answer; tenants share it.
create table callward.assistant_numbers (
	phone_number text primary key
	    check (phone_number ~ '^\+[1-9][0-9]{5,14}$'),
	vapi_phone_number_id text,
	fallback_number text
	    check (fallback_number ~ '^\+[1-9][0-9]{5,14}$'),
	label text,
	created_at timestamptz not null default now()
);

-- What was answered to a CallSid, first and for good. Half of each page stays
-- free, so that the answer lands beside the row that waits for it.
create table callward.call_answers (
	call_sid text collate "C" primary key,
	sender text not null,
	call_id uuid not null,
	state text not null default 'working',
	answer text,
	dialled boolean not null default false,
	opened_at timestamptz not null default clock_timestamp(),
	answered_at timestamptz,
	check (state = case when answer is null then 'working'
	    else 'answered' end)
) with (fillfactor = 50);
create index call_answers_dialled
    on callward.call_answers (sender, opened_at) where dialled;

-- The inbox: what arrived and what became of it. For the operator alone.
create table callward.webhook_events (
	id uuid primary key default gen_random_uuid(),
	received_at timestamptz not null default now(),
	provider text not null check (provider in ('twilio', 'vapi')),
	event_type text,
	provider_call_id text,
	twilio_call_sid text,
	verdict text not null check (verdict in ('accepted', 'duplicate',
	    'stale', 'rejected', 'quarantined', 'spooled')),
	reason text,
	user_id text collate "C",
	call_id uuid,
	details jsonb,
	body_sha256 bytea,
	body_bytes integer,
	body bytea,
	-- when the operator applied a line that had been quarantined
	applied_at timestamptz
);
create index webhook_events_received
    on callward.webhook_events (received_at);
create index webhook_events_refused
    on callward.webhook_events (verdict, received_at)
    where verdict in ('quarantined', 'rejected');
create index webhook_events_call_sid
    on callward.webhook_events (twilio_call_sid);
-- Ends of calls that could not be read or stored; asked by number_busy.
create index webhook_events_ends
    on callward.webhook_events (provider_call_id)
    where provider = 'vapi' and verdict = 'quarantined'
	and reason in ('unreadable_json', 'too_large', 'refused_by_database')
	and (event_type = 'end-of-call-report'
	    or event_type = 'status-update' and details ->> 'status' = 'ended');
-- Messages of calls that nobody knows; counted by record_event.
create index webhook_events_unowned
    on callward.webhook_events (received_at)
    where provider = 'vapi' and verdict = 'quarantined'
	and reason in ('unknown_call', 'unsealed_metadata');

-- Who read what is delicate, and when. For the operator alone; it grows until
-- callward prune.
create table callward.audit_log (
	id uuid primary key default gen_random_uuid(),
	at timestamptz not null default now(),
	user_id text collate "C" not null,
	actor text not null,
	action text not null check (action in ('read_call', 'play_recording',
	    'export_calls', 'run_test', 'list_calls', 'search_calls')),
	subject text
);
create index audit_log_at on callward.audit_log (at);
create index audit_log_user on callward.audit_log (user_id, at);

-- The proof of a number (doc/proof.md): a clinic that claims a number shows
-- first that it answers there, then that the number forwards to us. Each
-- attempt is a row; the calls that came back while it waited are its legs.
-- The code that is spoken and the tones that are played stand nowhere: the
-- program derives them from its keys and the attempt's id.
--
-- What an attempt has come to is derived when somebody looks, so that nothing
-- has to run when a minute is over:
--   60 s     a call that nobody answered, that could not be made or that did
--            not come back, has failed
--   90 s     so has one that came back and brought no right tones
--   10 min   a code that was spoken is good for so long
--   30 min   and possession, once proven
--
-- While a number is active for anybody, an attempt at it is withheld: nobody
-- is rung, nothing that arrives belongs to it, and it looks like one that
-- nobody answered.
create table callward.verifications (
	id uuid primary key default gen_random_uuid(),
	user_id text collate "C" not null,
	phone_number_id uuid not null,
	phone_number text not null,
	line text not null,
	step text not null check (step in ('code', 'loop')),
	state text not null default 'ringing' check (state in ('ringing',
	    'spoken', 'proven', 'done', 'waiting_operator', 'failed')),
	reason text check (reason in ('no_answer', 'busy', 'no_key',
	    'wrong_code', 'number_not_carried', 'not_rung', 'lapsed')),
	withheld boolean not null default false,
	-- Twilio's name for the call that we make
	call_sid text collate "C",
	tries integer not null default 0 check (tries between 0 and 5),
	match_rule text,
	seen jsonb,
	started_at timestamptz not null default now(),
	answered_at timestamptz,
	changed_at timestamptz not null default now(),
	ended_at timestamptz
);
create index verifications_claim
    on callward.verifications (user_id, phone_number_id, started_at desc);
create index verifications_tenant
    on callward.verifications (user_id, started_at);
create index verifications_number
    on callward.verifications (phone_number, started_at);
create index verifications_ringing
    on callward.verifications (started_at) where state = 'ringing';

-- A call that came in, on whichever line, while an attempt waited for one. It
-- belongs to the attempt that it names, once that is certain: at the code the
-- first call of its number, at the loop the one that brought its tones.
create table callward.verification_legs (
	call_sid text collate "C" primary key,
	line text not null,
	sender text,
	called text,
	forwarded_from text,
	diversion text,
	-- the place in which it names a number that is waited for, or the line
	-- that rings it, and that number: legs are counted by this
	counted_as text not null,
	came_at timestamptz not null default now(),
	listens integer not null default 0 check (listens between 0 and 3),
	verification_id uuid
);
create index verification_legs_came
    on callward.verification_legs (came_at);
create index verification_legs_counted
    on callward.verification_legs (counted_as, came_at);
create index verification_legs_bound
    on callward.verification_legs (verification_id)
    where verification_id is not null;

-- The tenants' tables ---------------------------------------------------------

-- An assistant that was removed is shown nowhere, and stays for the calls that
-- it has had: they go on telling whose voice it was.
create table public.assistants (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	name text not null,
	vapi_assistant_id text,
	max_duration_seconds integer not null default 600,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	greeting text,
	language text,
	removed_at timestamptz,
	constraint assistants_key primary key (user_id, id),
	constraint assistants_duration_sane check (max_duration_seconds
	    between 10 and 43200),
	constraint assistants_tenant_sane check (length(user_id) <= 64 and
	    user_id ~ '^[A-Za-z0-9_-]+$')
);

-- Every key begins with the tenant, but for the one that is global by nature:
-- an active number has one owner.
create table public.phone_numbers (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	status text not null default 'pending',
	phone_number text,
	phone_number_raw text,
	label text,
	assistant_id uuid,
	vapi_assistant_id text,
	match_rule text not null default 'from',
	fallback_number text,
	verified_at timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	assistant_phone_number text,
	constraint phone_numbers_key primary key (user_id, id),
	constraint phone_numbers_e164 check (phone_number ~
	    '^\+[1-9][0-9]{5,14}$'),
	constraint phone_numbers_fallback_e164 check (fallback_number ~
	    '^\+[1-9][0-9]{5,14}$'),
	constraint phone_numbers_line_e164 check (assistant_phone_number ~
	    '^\+[1-9][0-9]{5,14}$'),
	constraint phone_numbers_number_known check (phone_number is not null
	    or phone_number_raw is not null and status in ('pending',
	    'released')),
	constraint phone_numbers_rule_known check (match_rule in ('from',
	    'forwarded_from', 'diversion', 'to')),
	constraint phone_numbers_status_known check (status in ('pending',
	    'active', 'paused', 'released')),
	constraint phone_numbers_tenant_sane check (length(user_id) <= 64 and
	    user_id ~ '^[A-Za-z0-9_-]+$')
);
create unique index phone_numbers_active
    on public.phone_numbers (phone_number) where status = 'active';
create index phone_numbers_by_assistant
    on public.phone_numbers (user_id, assistant_id);
-- Claims on a number are asked for across tenants.
create index phone_numbers_claims
    on public.phone_numbers (phone_number) where status = 'pending';

-- Each check is read anew by every statement that writes a call, so there are
-- few; owner_rule and revisions are bounded by the functions that write them.
-- The last four columns follow from others, by the trigger derive: the rule of
-- a column that generates itself would be read by every such statement.
create table public.calls (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	assistant_id uuid,
	phone_number_id uuid,
	caller_phone_number text not null,
	assistant_phone_number text not null,
	twilio_call_sid text,
	vapi_call_id text,
	status text not null default 'initiated',
	owner_rule text,
	stir_verstat text,
	forwarded_from text,
	diversion text,
	ended_reason text,
	started_at timestamptz,
	ended_at timestamptz,
	duration_seconds integer,
	recording_url text,
	transcript text,
	messages jsonb,
	summary text,
	analysis jsonb,
	structured_data jsonb,
	success_evaluation text,
	cost_usd numeric,
	metadata jsonb,
	report_at timestamptz,
	revisions jsonb not null default '[]',
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	follow_up_state text not null default 'none',
	follow_up_note text,
	follow_up_by text,
	follow_up_at timestamptz,
	tags text[] not null default '{}',
	notes text,
	is_test boolean not null default false,
	after_hours boolean not null default false,
	intent text,
	success boolean,
	cost_micros integer,
	search_words tsvector,
	constraint calls_key primary key (user_id, id),
	constraint calls_call_sid_sane check (length(twilio_call_sid) = 34 and
	    twilio_call_sid ~ '^CA[0-9a-fA-F]+$'),
	constraint calls_figures_sane check (duration_seconds >= 0 and
	    cost_usd >= 0),
	constraint calls_follow_up_known check (follow_up_state in ('none',
	    'open', 'in_progress', 'done')),
	constraint calls_status_known check (status in ('initiated',
	    'ringing', 'in-progress', 'forwarding', 'completed', 'no-answer',
	    'busy', 'failed', 'canceled')),
	constraint calls_tenant_sane check (length(user_id) <= 64 and user_id
	    ~ '^[A-Za-z0-9_-]+$')
);
create index calls_newest
    on public.calls (user_id, created_at desc, id desc)
    include (status, duration_seconds, after_hours, is_test, intent, success,
	cost_micros);
create index calls_open on public.calls (user_id, created_at)
    where status in ('initiated', 'ringing', 'in-progress', 'forwarding');
-- For the resolver, which asks across tenants.
create index calls_any_id on public.calls (id);
create index calls_follow_up
    on public.calls (user_id, follow_up_state, created_at desc, id desc)
    where follow_up_state <> 'none';
-- A call points to its number: whoever deletes one looks here.
create index calls_by_number
    on public.calls (user_id, phone_number_id, created_at desc, id desc);
-- Usage is summed along this index. A row gets into it with its report, so an
-- arriving call does not pay for it.
create index calls_used on public.calls (user_id, created_at)
    include (duration_seconds)
    where duration_seconds > 0 and not is_test
	and (ended_reason is null or ended_reason not like 'callward-%');
create index calls_search_words on public.calls using gin (search_words)
    with (gin_pending_list_limit = 256) where search_words is not null;
-- What is rare among a tenant's calls is walked by itself.
create index calls_missed
    on public.calls (user_id, created_at desc, id desc)
    where status in ('no-answer', 'busy', 'failed', 'canceled');
create index calls_missed_by_status
    on public.calls (user_id, status, created_at desc, id desc)
    where status in ('no-answer', 'busy', 'failed', 'canceled');
create index calls_after_hours
    on public.calls (user_id, created_at desc, id desc) where after_hours;
-- The ids that Twilio and Vapi give a call are random: each index on one of
-- them is one more page to find, and to write to the log whole, for every call.
-- So the rule that a tenant has an id once, and the resolver, who asks by the
-- id alone, share one each. (A column that is null is in no one's way.)
create unique index calls_call_sid_once
    on public.calls (twilio_call_sid, user_id);
create unique index calls_vapi_call_id_once
    on public.calls (vapi_call_id, user_id) where vapi_call_id is not null;

create table public.assistant_tests (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	assistant_id uuid,
	status text default 'queued',
	result jsonb,
	created_at timestamptz not null default now(),
	name text,
	script text,
	expected jsonb,
	score numeric,
	transcript text,
	error text,
	call_id uuid,
	started_at timestamptz,
	finished_at timestamptz,
	updated_at timestamptz not null default now(),
	constraint assistant_tests_key primary key (user_id, id),
	constraint assistant_tests_score_sane check (score between 0 and 100),
	constraint assistant_tests_tenant_sane check (length(user_id) <= 64
	    and user_id ~ '^[A-Za-z0-9_-]+$')
);
create index assistant_tests_by_assistant
    on public.assistant_tests (user_id, assistant_id);
create index assistant_tests_by_call
    on public.assistant_tests (user_id, call_id);

create table public.intents (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	name text not null,
	description text,
	created_at timestamptz not null default now(),
	slug text,
	assistant_id uuid,
	example_phrases text[] not null default '{}',
	marks_follow_up boolean not null default false,
	is_enabled boolean not null default true,
	updated_at timestamptz not null default now(),
	constraint intents_key primary key (user_id, id),
	constraint intents_slug_sane check (length(slug) between 2 and 50 and
	    slug ~ '^[a-z][a-z0-9_]+$'),
	constraint intents_tenant_sane check (length(user_id) <= 64 and
	    user_id ~ '^[A-Za-z0-9_-]+$')
);
create unique index intents_slug on public.intents (user_id, slug);
create index intents_by_assistant on public.intents (user_id, assistant_id);

create table public.subscriptions (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	plan text,
	status text,
	current_period_end timestamptz,
	created_at timestamptz not null default now(),
	included_seconds integer,
	cap_behaviour text not null default 'fallback',
	current_period_start timestamptz,
	updated_at timestamptz not null default now(),
	constraint subscriptions_key primary key (user_id, id),
	constraint subscriptions_cap_known check (cap_behaviour in
	    ('fallback', 'overage')),
	constraint subscriptions_seconds_sane check (included_seconds >= 0),
	constraint subscriptions_tenant_sane check (length(user_id) <= 64 and
	    user_id ~ '^[A-Za-z0-9_-]+$')
);
create index subscriptions_newest
    on public.subscriptions (user_id, created_at desc);

create table public.working_hours (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	day_of_week integer,
	open_time time,
	close_time time,
	is_closed boolean not null default false,
	phone_number_id uuid,
	specific_date date,
	date_end date,
	reason text,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	constraint working_hours_key primary key (user_id, id),
	constraint working_hours_dates_sane check (date_end is null or
	    specific_date is not null and date_end >= specific_date),
	constraint working_hours_day_known check (day_of_week between 0 and 6),
	constraint working_hours_one_kind check (day_of_week is null or
	    specific_date is null),
	constraint working_hours_tenant_sane check (length(user_id) <= 64 and
	    user_id ~ '^[A-Za-z0-9_-]+$'),
	constraint working_hours_times_sane check ((open_time is null) =
	    (close_time is null) and (open_time is null or not is_closed) and
	    close_time > open_time)
);
create index working_hours_by_number
    on public.working_hours (user_id, phone_number_id);

create table public.call_days (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	day date not null,
	is_stale boolean not null default true,
	calls integer not null default 0,
	after_hours integer not null default 0,
	seconds bigint not null default 0,
	successes integer not null default 0,
	rated integer not null default 0,
	micros bigint not null default 0,
	used_seconds bigint not null default 0,
	-- how many calls of each status and each intent
	statuses jsonb not null default '{}',
	intents jsonb not null default '{}',
	quarters callward.quarter[] not null default '{}',
	constraint call_days_key primary key (user_id, id),
	constraint call_days_one unique (user_id, day),
	constraint call_days_tenant_sane
	    check (length(user_id) <= 64 and user_id ~ '^[A-Za-z0-9_-]+$')
);

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

-- References: each begins with the tenant on both sides.
alter table public.phone_numbers
    add constraint phone_numbers_assistant foreign key (user_id, assistant_id)
	references public.assistants (user_id, id) on delete set null
	(assistant_id);
alter table public.calls
    add constraint calls_assistant foreign key (user_id, assistant_id)
	references public.assistants (user_id, id) on delete set null
	(assistant_id),
    add constraint calls_phone_number foreign key (user_id, phone_number_id)
	references public.phone_numbers (user_id, id) on delete set null
	(phone_number_id);
alter table public.assistant_tests
    add constraint assistant_tests_assistant foreign key (user_id,
	assistant_id) references public.assistants (user_id, id) on delete set
	null (assistant_id),
    add constraint assistant_tests_call foreign key (user_id, call_id)
	references public.calls (user_id, id) on delete set null (call_id);
alter table public.intents
    add constraint intents_assistant foreign key (user_id, assistant_id)
	references public.assistants (user_id, id) on delete set null
	(assistant_id);
alter table public.working_hours
    add constraint working_hours_phone_number foreign key (user_id,
	phone_number_id) references public.phone_numbers (user_id, id) on
	delete cascade;

-- What a clinic sets by itself has an end in the tables, since Supabase's own
-- interface writes rows as well: a list is one answer, held in the memory of
-- the process that serves all clinics. Far above what the dashboard takes. Rows
-- of an older project stay as they are.
alter table public.assistants add constraint assistants_texts_sane check
    (octet_length(concat(name, greeting, language)) <= 65536) not valid;
alter table public.phone_numbers add constraint phone_numbers_texts_sane check
    (octet_length(concat(label, phone_number_raw)) <= 65536) not valid;
alter table public.assistant_tests add constraint assistant_tests_texts_sane
    check (octet_length(concat(name, script, expected::text)) <= 65536) not
    valid;
alter table public.intents add constraint intents_texts_sane check
    (octet_length(concat(name, description, example_phrases::text)) <= 65536)
    not valid;
alter table public.working_hours add constraint working_hours_texts_sane check
    (octet_length(reason) <= 65536) not valid;

-- A call into which a message was folded (callward.merge_event).
create type callward.merge as (
	verdict text,
	reason text,
	changed boolean,
	call public.calls
);

-- Estimates of the planner go past row level security: who may say "explain",
-- and PostgREST does for count=planned, is told from the table's statistics how
-- many rows have a value, whosever they are. So there are none of what names a
-- clinic, a person or their words; no plan of ours needs them (bench/scale). An
-- estimate is then the same for each value, there or not. Left are ids that are
-- each some row's own, and words of ours that every clinic's rows have.
--
-- A column that is added without a statistics target is found by
-- tests/sql/47_estimates.sql.
alter table public.assistants
    alter user_id set statistics 0, alter name set statistics 0,
    alter vapi_assistant_id set statistics 0, alter greeting set statistics 0,
    alter language set statistics 0;
alter table public.phone_numbers
    alter user_id set statistics 0, alter phone_number set statistics 0,
    alter phone_number_raw set statistics 0, alter label set statistics 0,
    alter assistant_id set statistics 0,
    alter vapi_assistant_id set statistics 0,
    alter fallback_number set statistics 0,
    alter assistant_phone_number set statistics 0;
alter table public.calls
    alter user_id set statistics 0, alter assistant_id set statistics 0,
    alter phone_number_id set statistics 0,
    alter caller_phone_number set statistics 0,
    alter assistant_phone_number set statistics 0,
    alter forwarded_from set statistics 0, alter diversion set statistics 0,
    alter recording_url set statistics 0, alter transcript set statistics 0,
    alter messages set statistics 0, alter summary set statistics 0,
    alter analysis set statistics 0, alter structured_data set statistics 0,
    alter success_evaluation set statistics 0,
    alter metadata set statistics 0, alter revisions set statistics 0,
    alter follow_up_note set statistics 0,
    alter follow_up_by set statistics 0, alter tags set statistics 0,
    alter notes set statistics 0, alter intent set statistics 0;
alter table public.assistant_tests
    alter user_id set statistics 0, alter assistant_id set statistics 0,
    alter result set statistics 0, alter name set statistics 0,
    alter script set statistics 0, alter expected set statistics 0,
    alter transcript set statistics 0, alter error set statistics 0,
    alter call_id set statistics 0;
alter table public.intents
    alter user_id set statistics 0, alter name set statistics 0,
    alter description set statistics 0, alter slug set statistics 0,
    alter assistant_id set statistics 0,
    alter example_phrases set statistics 0;
alter table public.subscriptions
    alter user_id set statistics 0, alter plan set statistics 0;
alter table public.working_hours
    alter user_id set statistics 0, alter phone_number_id set statistics 0,
    alter reason set statistics 0;
alter table public.call_days
    alter user_id set statistics 0, alter statuses set statistics 0,
    alter intents set statistics 0;
alter table public.clinic_settings
    alter user_id set statistics 0, alter name set statistics 0,
    alter timezone set statistics 0, alter language set statistics 0,
    alter after_hours_message set statistics 0;

-- Whose all of it is, and that nobody else has anything of it yet: what a
-- project's default privileges gave away is taken back, and row level security
-- holds also for the owner.
alter type callward.written owner to callward_owner;
alter type callward.figures owner to callward_owner;
alter type callward.quarter owner to callward_owner;
alter type callward.call_filter owner to callward_owner;
alter type callward.walk owner to callward_owner;
alter table callward.assistant_numbers owner to callward_owner;
alter table callward.call_answers owner to callward_owner;
alter table callward.webhook_events owner to callward_owner;
alter table callward.audit_log owner to callward_owner;
alter table callward.verifications owner to callward_owner;
alter table callward.verification_legs owner to callward_owner;

do $$
declare
	tenant_tables constant text[] := array[
	    'assistants', 'phone_numbers', 'calls', 'assistant_tests',
	    'intents', 'subscriptions', 'working_hours', 'call_days',
	    'clinic_settings'];
	lend boolean := not has_schema_privilege('callward_owner', 'public',
	    'create');
	outside text;
	tab text;
begin
	select string_agg(r, ', ') into outside
	from unnest(array['public', 'anon', 'authenticated']) r
	where r = 'public' or exists (select from pg_roles where rolname = r);
	execute format('revoke all on all tables in schema callward from %s',
	    outside);
	if lend then
		grant create on schema public to callward_owner;
	end if;
	foreach tab in array tenant_tables loop
		execute format('alter table public.%I'
		    ' enable row level security, force row level security,'
		    ' owner to callward_owner', tab);
		execute format('revoke all on public.%I from %s', tab,
		    outside);
	end loop;
	if lend then
		revoke create on schema public from callward_owner;
	end if;
end $$;

-- An older project as it may be found: a stand-in for schema auth, the older
-- application's tables (columns and indexes as they are there), default
-- grants to the API roles, views, and rows that do not all fit.
create schema auth;
create function auth.uid() returns uuid language sql stable as
$$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
create table auth.users (id uuid primary key, email text);
insert into auth.users values
    ('00000000-0000-4000-8000-000000000001', 'a@example.com');
alter default privileges in schema public
grant all on tables to anon, authenticated, service_role;

create table public.assistants (
	id uuid primary key default gen_random_uuid(),
	user_id text not null,
	name text not null,
	vapi_assistant_id text,
	created_at timestamptz default now(),
	updated_at timestamptz default now()
);
create table public.phone_numbers (
	id uuid primary key default gen_random_uuid(),
	user_id text not null,
	phone_number text not null,
	assistant_id uuid references public.assistants (id),
	vapi_assistant_id text,
	created_at timestamptz default now()
);
create table public.assistant_tests (
	id uuid primary key default gen_random_uuid(),
	user_id text not null,
	assistant_id uuid references public.assistants (id),
	status text,
	result jsonb,
	created_at timestamptz default now()
);
create table public.intents (
	id uuid primary key default gen_random_uuid(),
	user_id text not null,
	name text not null,
	description text,
	is_enabled boolean,
	created_at timestamptz default now()
);
create table public.subscriptions (
	id uuid primary key default gen_random_uuid(),
	user_id text not null,
	plan text,
	status text,
	current_period_end timestamptz,
	created_at timestamptz default now()
);
create table public.working_hours (
	id uuid primary key default gen_random_uuid(),
	user_id text not null,
	day_of_week int,
	open_time time,
	close_time time,
	is_closed boolean default false
);
create table public.calls (
	id uuid primary key default gen_random_uuid(),
	user_id text not null,
	assistant_id uuid,
	phone_number_id uuid references public.phone_numbers (id),
	caller_phone_number text not null,
	assistant_phone_number text not null,
	twilio_call_sid text,
	vapi_call_id text,
	status text default 'initiated',
	recording_url text,
	transcript text,
	summary text,
	analysis jsonb,
	duration integer,
	created_at timestamptz default now(),
	updated_at timestamptz default now()
);
create index calls_user_id on public.calls (user_id);
create index calls_caller on public.calls (caller_phone_number);
create index calls_assistant on public.calls (assistant_phone_number);
create index calls_status on public.calls (status);
alter table public.calls enable row level security;
alter table public.calls force row level security;
alter table public.phone_numbers enable row level security;
create policy "own calls" on public.calls
    for all using (user_id = (auth.uid())::text);
create policy "own numbers" on public.phone_numbers
    for all using (user_id = (auth.uid())::text);

create function public.stamp() returns trigger language plpgsql as
$$ begin return new; end $$;
create trigger stamp before insert on public.intents
    for each row execute function public.stamp();

create view public.call_totals as
select user_id, count(*) as calls, sum(duration) as duration
from public.calls group by user_id;
comment on view public.call_totals is 'seconds per clinic';
create view public.talkers with (security_barrier = true) as
select user_id from public.call_totals where calls > 1;
revoke all on public.talkers from anon;

-- Rows are written with the policies off, as their owner did then.
alter table public.calls no force row level security;
insert into public.assistants (id, user_id, name, updated_at) values
    ('00000000-0000-4000-8000-00000000000a', 'user_a', 'A', null),
    ('00000000-0000-4000-8000-00000000000b', 'user_b', 'B', now());
insert into public.phone_numbers (id, user_id, phone_number, assistant_id)
values
    ('00000000-0000-4000-8000-0000000000a1', 'user_a', '+1-555-111-1111',
	'00000000-0000-4000-8000-00000000000a'),
    ('00000000-0000-4000-8000-0000000000a2', 'user_a', '5551112222', null),
    ('00000000-0000-4000-8000-0000000000a3', 'user_a', '+15553330000',
	'00000000-0000-4000-8000-00000000000b'),
    ('00000000-0000-4000-8000-0000000000a4', 'user_a', '+15554440000', null),
    ('00000000-0000-4000-8000-0000000000a5', 'user_a', '+1 555 444 0000', null),
    ('00000000-0000-4000-8000-0000000000a6', 'user_a', '+44 (0)20 555 777 8888',
	null),
    ('00000000-0000-4000-8000-0000000000b1', 'user_b', '+15552222222',
	'00000000-0000-4000-8000-00000000000b'),
    ('00000000-0000-4000-8000-0000000000b3', 'user_b', '+1 (555) 333.0000',
	null);
insert into public.assistant_tests (id, user_id, assistant_id) values
    ('00000000-0000-4000-8000-0000000000d1', 'user_b',
	'00000000-0000-4000-8000-00000000000a');
insert into public.intents (user_id, name, is_enabled, created_at) values
    ('user_a', 'New patient', null, '2026-01-01'),
    ('user_a', 'new patient!', false, '2026-01-02'),
    ('user_b', 'New patient', true, '2026-01-03');
insert into public.working_hours (user_id, day_of_week, open_time, close_time,
    is_closed)
values
    ('user_a', 0, '00:00', '00:00', true),
    ('user_a', 6, null, '12:00', true),
    ('user_a', 1, '09:00', '17:00', null),
    ('user_a', 2, '22:00', '02:00', false),
    ('user_a', 7, '09:00', '17:00', false),
    ('user_b', 1, '09:00', null, false);
insert into public.calls (id, user_id, assistant_id, phone_number_id,
    caller_phone_number, assistant_phone_number, twilio_call_sid,
    vapi_call_id, status, duration, created_at, updated_at)
values
    ('00000000-0000-4000-8000-0000000000c1', 'user_a',
	'00000000-0000-4000-8000-00000000000a',
	'00000000-0000-4000-8000-0000000000a1', '+15551111111',
	'+15559999999', 'CA00000000000000000000000000000001', 'vapi-1',
	'ended', 12, '2026-01-01', '2026-01-01'),
    ('00000000-0000-4000-8000-0000000000c2', 'user_b',
	'00000000-0000-4000-8000-00000000000a',
	'00000000-0000-4000-8000-0000000000a1', '+15551111111',
	'+15559999999', 'CA00000000000000000000000000000001', 'vapi-1',
	'in_progress', -3, '2026-01-02', null),
    ('00000000-0000-4000-8000-0000000000c3', 'user_b',
	'00000000-0000-4000-8000-0000000000ff', null, 'anonymous',
	'+15559999999', 'test-sid', '', 'weird', null, null, null),
    ('00000000-0000-4000-8000-0000000000c4', 'user_a', null, null,
	'+15551111111', '+15559999999',
	'CA00000000000000000000000000000004', 'vapi-4', 'Cancelled', 3,
	'2026-01-04', '2026-01-04'),
    ('00000000-0000-4000-8000-0000000000c5', 'user_a', null, null,
	'+15551111111', '+15559999999', null, null, null, null,
	'2026-01-05', '2026-01-05');
alter table public.calls force row level security;

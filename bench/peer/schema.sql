-- The peer's tables: those of Callward, reduced to what an ordinary service
-- has of them. Number n is +1555 and n, as in bench/tenants.sql.
-- Variables: numbers, how many there are.
create table public.assistants (
    id uuid primary key,
    user_id text not null,
    vapi_assistant_id text not null
);
create table public.phone_numbers (
    id uuid primary key,
    user_id text not null,
    phone_number text not null unique,
    assistant_id uuid not null references public.assistants,
    status text not null
);
create table public.calls (
    id uuid primary key,
    user_id text not null,
    assistant_id uuid not null references public.assistants,
    phone_number_id uuid not null references public.phone_numbers,
    twilio_call_sid text not null unique,
    caller_phone_number text not null,
    assistant_phone_number text not null,
    status text not null default 'initiated',
    vapi_call_id text unique,
    answer text,
    created_at timestamptz not null default now()
) with (fillfactor = 80);
create index on public.calls (user_id, created_at desc);

insert into public.assistants (id, user_id, vapi_assistant_id)
select md5('a' || n)::uuid, 'user_bench_' || lpad(n::text, 7, '0'),
    md5('va' || n)
from generate_series(0, :numbers - 1) n;

insert into public.phone_numbers (id, user_id, phone_number, assistant_id,
    status)
select md5('n' || n)::uuid, 'user_bench_' || lpad(n::text, 7, '0'),
    '+1555' || lpad(n::text, 7, '0'), md5('a' || n)::uuid, 'active'
from generate_series(0, :numbers - 1) n;

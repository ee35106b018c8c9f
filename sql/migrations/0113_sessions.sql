-- A call's key begins with its id, which comes in the order of time: so the
-- resolver, who asks by the id alone (owner_of_call, call_taken), shares it, and
-- a call that arrives enters one index less, at its end.
alter table public.assistant_tests drop constraint assistant_tests_call;
alter table public.calls drop constraint calls_key;
alter table public.calls
    add constraint calls_key primary key using index calls_by_id;
alter table public.assistant_tests
    add constraint assistant_tests_call foreign key (user_id, call_id)
	references public.calls (user_id, id) on delete set null (call_id)
	not valid;
alter table public.assistant_tests no force row level security;
alter table public.calls no force row level security;
alter table public.assistant_tests validate constraint assistant_tests_call;
alter table public.assistant_tests force row level security;
alter table public.calls force row level security;

-- The session of a call: which call of Vapi's it is, what was sealed into that
-- one beside what the row of the call says, and what the caller was answered.
-- Rows are added and never changed, and an answered call writes nothing into
-- calls, where its row would have to enter every index anew. vapi_call_id null:
-- the call was answered without a session, or had it too late. answer null: a
-- message came before the answer. A Vapi id stands here once for all tenants,
-- since Vapi gives each to one call. assistant_id and phone_number_id are as
-- they were sealed: the call's own forget what was deleted. The key begins with
-- the id, as that of calls does.
create table callward.sessions (
	user_id text collate "C" not null default callward.current_user_id(),
	call_id uuid not null,
	assistant_id uuid,
	phone_number_id uuid,
	-- true: sealed without a caller; else calls has the caller
	is_withheld boolean,
	vapi_call_id text collate "C",
	seal text,
	answer text,
	created_at timestamptz not null default now(),
	constraint sessions_key primary key (call_id, user_id),
	constraint sessions_call foreign key (user_id, call_id)
	    references public.calls (user_id, id) on delete cascade
);
create unique index sessions_vapi_call_id_once
    on callward.sessions (vapi_call_id);
alter table callward.sessions
    alter user_id set statistics 0, alter call_id set statistics 0,
    alter assistant_id set statistics 0,
    alter phone_number_id set statistics 0,
    alter vapi_call_id set statistics 0, alter seal set statistics 0,
    alter answer set statistics 0;
alter table callward.sessions
    enable row level security, force row level security,
    owner to callward_owner;

do $$
declare
	outside text;
begin
	select string_agg(r, ', ') into outside
	from unnest(array['public', 'anon', 'authenticated']) r
	where r = 'public' or exists (select from pg_roles where rolname = r);
	execute format('revoke all on callward.sessions from %s', outside);
end $$;

-- The row that waits for its answer is seldom changed any more, and by three
-- functions alone.
alter table callward.call_answers set (fillfactor = 90),
    drop constraint call_answers_check;

-- What a column of calls takes is looked at by the trigger derive from now on:
-- each CHECK was read anew, as text, by every statement that wrote a call.
-- (Domains in their place would have every partial index on status,
-- follow_up_state, duration_seconds or user_id built again under a lock that
-- every caller waits for.)
alter table public.calls
    drop constraint calls_call_sid_sane, drop constraint calls_figures_sane,
    drop constraint calls_follow_up_known, drop constraint calls_status_known,
    drop constraint calls_tenant_sane;

-- What belongs to no tenant: the function that names the tenant, and the tables
-- of schema callward. The tables have no policies; the roles that act for a
-- tenant have no rights on them.

create function callward.current_user_id() returns text
language sql stable parallel safe
return nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb
    ->> 'sub', '');

comment on function callward.current_user_id() is
'The tenant whose claims this transaction carries. Null when none are set; an
error when they are no JSON. Policies must call it as a sub-select.';

create function callward.touch() returns trigger
language plpgsql set search_path = ''
as $$
begin
	new.updated_at := now();
	return new;
end $$;

-- A line is a number on which assistants answer; tenants share it.
create table callward.assistant_numbers (
	phone_number text primary key
	    check (phone_number ~ '^\+[1-9][0-9]{6,14}$'),
	vapi_phone_number_id text,
	fallback_number text
	    check (fallback_number ~ '^\+[1-9][0-9]{6,14}$'),
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
	body bytea
);
create index webhook_events_received
    on callward.webhook_events (received_at);
create index webhook_events_refused
    on callward.webhook_events (verdict, received_at)
    where verdict in ('quarantined', 'rejected');
create index webhook_events_call_sid
    on callward.webhook_events (twilio_call_sid);

alter table callward.assistant_numbers owner to callward_owner;
alter table callward.call_answers owner to callward_owner;
alter table callward.webhook_events owner to callward_owner;
alter function callward.current_user_id() owner to callward_owner;
alter function callward.touch() owner to callward_owner;
revoke all on function callward.current_user_id(), callward.touch() from public;

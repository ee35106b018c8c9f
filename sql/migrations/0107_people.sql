-- Who works for a clinic, as far as it has shown: the id that their tokens
-- have, and a name, which is the one that they chose, else the token's.
create table public.clinic_people (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	person_id text collate "C" not null,
	name text,
	token_name text,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	constraint clinic_people_key primary key (user_id, id),
	constraint clinic_people_one unique (user_id, person_id),
	constraint clinic_people_texts_sane check (length(person_id) <= 64
	    and length(name) <= 80 and length(token_name) <= 80),
	constraint clinic_people_tenant_sane check (length(user_id) <= 64 and
	    user_id ~ '^[A-Za-z0-9_-]+$')
);
alter table public.clinic_people
    alter user_id set statistics 0, alter person_id set statistics 0,
    alter name set statistics 0, alter token_name set statistics 0;

-- Whose follow-up it is; follow_up_by is their name, and stays when they leave.
alter table public.calls add column follow_up_by_id text collate "C";
alter table public.calls alter follow_up_by_id set statistics 0;

-- What was changed, beside what was read.
alter table callward.audit_log drop constraint audit_log_action_check;
alter table callward.audit_log add constraint audit_log_action_check
    check (action in ('read_call', 'play_recording', 'export_calls',
	'run_test', 'list_calls', 'search_calls', 'change_call', 'add',
	'change', 'remove', 'link_login', 'unlink_login'));

do $$
declare
	lend boolean := not has_schema_privilege('callward_owner', 'public',
	    'create');
	outside text;
begin
	select string_agg(r, ', ') into outside
	from unnest(array['public', 'anon', 'authenticated']) r
	where r = 'public' or exists (select from pg_roles where rolname = r);
	if lend then
		grant create on schema public to callward_owner;
	end if;
	alter table public.clinic_people
	    enable row level security, force row level security,
	    owner to callward_owner;
	execute format('revoke all on public.clinic_people from %s', outside);
	if lend then
		revoke create on schema public from callward_owner;
	end if;
end $$;

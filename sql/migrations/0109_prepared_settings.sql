-- What a clinic has set, as a call of one of its numbers needs it: a row for
-- each number, made of numbers, assistants, hours, settings and plan. It holds
-- from valid_from to valid_until; what a clinic changes ends it at once, and
-- the next call makes it anew.
create table public.prepared_settings (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	phone_number_id uuid,
	valid_from timestamptz not null default '-infinity',
	valid_until timestamptz not null default '-infinity',
	assistant_id uuid,
	vapi_assistant_id text,
	max_duration_seconds integer,
	greeting text,
	language text,
	fallback_number text,
	clinic_name text,
	clinic_language text,
	open_action text,
	closed_action text,
	after_hours_message text,
	after_hours boolean,
	-- of a plan that ends with the fallback: its seconds, and its period
	cap_seconds integer,
	period_start timestamptz,
	period_end timestamptz,
	constraint prepared_settings_key primary key (user_id, id),
	constraint prepared_settings_one unique (user_id, phone_number_id),
	constraint prepared_settings_tenant_sane check (length(user_id) <= 64
	    and user_id ~ '^[A-Za-z0-9_-]+$'),
	constraint prepared_settings_phone_number foreign key (user_id,
	    phone_number_id) references public.phone_numbers (user_id, id)
	    on update cascade on delete cascade
) with (fillfactor = 50);
alter table public.prepared_settings
    alter user_id set statistics 0, alter phone_number_id set statistics 0,
    alter assistant_id set statistics 0,
    alter vapi_assistant_id set statistics 0,
    alter greeting set statistics 0, alter language set statistics 0,
    alter fallback_number set statistics 0,
    alter clinic_name set statistics 0,
    alter clinic_language set statistics 0,
    alter after_hours_message set statistics 0;

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
	alter table public.prepared_settings
	    enable row level security, force row level security,
	    owner to callward_owner;
	execute format('revoke all on public.prepared_settings from %s',
	    outside);
	if lend then
		revoke create on schema public from callward_owner;
	end if;
end $$;

-- Who may see and write which rows and columns of the tenants' tables.
--
-- A role that acts for a tenant meets two policies on each table: a
-- permissive one that opens the tenant's rows, and a restrictive one that no
-- policy added later can widen. The resolver reads a few columns of all rows.
-- Nobody else has a policy, the owner included.
--
-- `authenticated` is the role under which Supabase's own interface serves a
-- signed-in user; where it exists it gets exactly what callward_tenant has.

do $$
declare
	tenant_tables constant text[] := array['assistants', 'phone_numbers',
	    'assistant_tests', 'intents', 'subscriptions', 'working_hours',
	    'calls'];
	own_rows constant text := 'using '
	    '(user_id = (select callward.current_user_id())) with check '
	    '(user_id = (select callward.current_user_id()))';
	acting text := 'callward_tenant, callward_writer';
	outside text := 'public';
	named text;
	tab text;
begin
	if exists (select from pg_roles where rolname = 'anon') then
		outside := outside || ', anon';
	end if;
	if exists (select from pg_roles where rolname = 'authenticated') then
		acting := acting || ', authenticated';
		outside := outside || ', authenticated';
		grant usage on schema callward to authenticated;
	end if;

	execute format('revoke all on all tables in schema callward from %s',
	    outside);
	foreach tab in array tenant_tables loop
		execute format('revoke all on public.%I from %s', tab, outside);
		execute format('alter table public.%I'
		    ' enable row level security, force row level security',
		    tab);
		execute format('create policy tenant_rows on public.%I'
		    ' as permissive for all to %s %s', tab, acting, own_rows);
		execute format('create policy tenant_wall on public.%I'
		    ' as restrictive for all to %s %s', tab, acting, own_rows);
	end loop;

	foreach tab in array array['assistants', 'phone_numbers', 'calls'] loop
		execute format('create policy resolver_rows on public.%I'
		    ' as permissive for select to callward_resolver'
		    ' using (true)', tab);
	end loop;

	for named in
		select format('%s on public.%s', a.grantee::regrole, c.relname)
		from pg_class c, aclexplode(c.relacl) a
		where c.relnamespace = 'public'::regnamespace
		    and c.relname = any (tenant_tables)
		    and a.grantee not in (0, c.relowner)
		    and a.grantee::regrole::text not like 'callward\_%'
		group by 1 order by 1
	loop
		raise notice 'privileges of another role were left: %', named;
	end loop;
end $$;

-- What a tenant reads and writes. Not to be read: calls.metadata, which holds
-- the seal. Not to be written: ids, owners after insert, statuses, proofs, and
-- anything of Vapi's, since all tenants share one organisation there.
do $$
declare
	name text;
begin
	foreach name in array array['callward_tenant', 'authenticated'] loop
		continue when not exists (select from pg_roles
		    where rolname = name);
		execute format($grant$
			grant execute on function callward.current_user_id()
			to %1$I;

			grant select (id, user_id, name, vapi_assistant_id,
			        max_duration_seconds, created_at, updated_at),
			    insert (user_id, name, max_duration_seconds),
			    update (name, max_duration_seconds)
			on public.assistants to %1$I;
			grant delete on public.assistants to %1$I;

			grant select (id, user_id, phone_number,
			        phone_number_raw, label, assistant_id,
			        vapi_assistant_id, match_rule, status,
			        fallback_number, verified_at, created_at,
			        updated_at),
			    insert (user_id, phone_number, label, assistant_id,
			        fallback_number),
			    update (label, assistant_id, fallback_number)
			on public.phone_numbers to %1$I;
			grant delete on public.phone_numbers to %1$I;

			grant select (id, user_id, assistant_id, status, result,
			        created_at),
			    insert (user_id, assistant_id),
			    update (assistant_id)
			on public.assistant_tests to %1$I;
			grant delete on public.assistant_tests to %1$I;

			grant select (id, user_id, name, description,
			    created_at),
			    insert (user_id, name, description),
			    update (name, description)
			on public.intents to %1$I;
			grant delete on public.intents to %1$I;

			grant select (id, user_id, plan, status,
			    current_period_end, created_at)
			on public.subscriptions to %1$I;

			grant select (id, user_id, day_of_week, open_time,
			        close_time, is_closed),
			    insert (user_id, day_of_week, open_time, close_time,
			        is_closed),
			    update (day_of_week, open_time, close_time,
			    is_closed)
			on public.working_hours to %1$I;
			grant delete on public.working_hours to %1$I;

			grant select (id, user_id, assistant_id,
			    phone_number_id, caller_phone_number,
			    assistant_phone_number, twilio_call_sid,
			    vapi_call_id, status, owner_rule, stir_verstat,
			    forwarded_from, diversion, ended_reason,
			    started_at, ended_at, duration_seconds,
			    recording_url, transcript, messages, summary,
			    analysis, structured_data, success_evaluation,
			    cost_usd, report_at, revisions, created_at,
			    updated_at)
			on public.calls to %1$I;
		$grant$, name);
	end loop;
end $$;

-- The writer: what its functions and the operator's command do for a tenant.
grant execute on function callward.current_user_id() to callward_writer;
grant select, delete,
    insert (id, user_id, name, vapi_assistant_id, max_duration_seconds),
    update (name, vapi_assistant_id, max_duration_seconds)
on public.assistants to callward_writer;
grant select, delete,
    insert (id, user_id, phone_number, label, assistant_id,
        vapi_assistant_id, match_rule, status, fallback_number, verified_at),
    update (phone_number, label, assistant_id, vapi_assistant_id, match_rule,
        status, fallback_number, verified_at)
on public.phone_numbers to callward_writer;
grant select,
    insert (id, user_id, assistant_id, phone_number_id, caller_phone_number,
        assistant_phone_number, twilio_call_sid, vapi_call_id, owner_rule,
        stir_verstat, forwarded_from, diversion, metadata),
    update (twilio_call_sid, vapi_call_id, status, ended_reason, started_at,
        ended_at, duration_seconds, recording_url, transcript, messages,
        summary, analysis, structured_data, success_evaluation, cost_usd,
        metadata, report_at, revisions, updated_at)
on public.calls to callward_writer;

-- The resolver: enough to find an owner, and for the operator's lists.
grant select (id, user_id, name, vapi_assistant_id, max_duration_seconds)
on public.assistants to callward_resolver;
grant select (id, user_id, phone_number, label, assistant_id,
    vapi_assistant_id, match_rule, status, fallback_number)
on public.phone_numbers to callward_resolver;
grant select (id, user_id, twilio_call_sid, vapi_call_id)
on public.calls to callward_resolver;

grant select on callward.assistant_numbers to callward_writer;
grant select, insert (call_sid, sender, call_id),
    update (state, answer, dialled, answered_at)
on callward.call_answers to callward_writer;
grant insert on callward.webhook_events to callward_writer;
grant select (version) on callward.schema_migrations to callward_writer;

-- Who may see and write which rows and columns, whole: callward migrate runs
-- this file again when it has changed. Who may execute a function stands in its
-- own file, in sql/functions.
--
-- A role that acts for a tenant meets two policies on each table: a permissive
-- one that opens the tenant's rows, and a restrictive one that no policy added
-- later can widen. The resolver reads a few columns of all rows. Nobody else
-- has a policy, the owner included. callward_tenant meets three restrictive
-- ones more on what only a clinic's owner may write: without the role "owner"
-- in the transaction's claims it is the front desk. Of the tables of schema
-- callward sessions alone has tenants' rows, and the two policies; the roles
-- that act for a tenant have no rights on any of them, but by functions.
--
-- `authenticated` is the role under which Supabase's own interface serves a
-- signed-in user; where it exists it gets exactly what callward_tenant has.
do $$ begin perform callward.take_tables(); end $$;

do $$
declare
	tenant_tables constant regclass[] := array[
	    'public.assistants', 'public.phone_numbers', 'public.calls',
	    'public.assistant_tests', 'public.intents',
	    'public.subscriptions', 'public.working_hours',
	    'public.call_days', 'public.clinic_settings',
	    'public.clinic_people', 'public.prepared_settings',
	    'callward.sessions'];
	owner_tables constant text[] := array[
	    'assistants', 'phone_numbers', 'assistant_tests', 'intents',
	    'subscriptions', 'working_hours', 'clinic_settings'];
	is_owner constant text := '((select nullif(current_setting('
	    '''request.jwt.claims'', true), '''')::jsonb'
	    ' ->> ''callward_role'') = ''owner'')';
	own_rows constant text := 'using '
	    '(user_id = (select callward.current_user_id())) with check '
	    '(user_id = (select callward.current_user_id()))';
	acting text := 'callward_tenant, callward_writer';
	inside text := 'callward_writer, callward_resolver, callward_intake,'
	    ' callward_tenant, public';
	named text;
	tab text;
	rel regclass;
begin
	if exists (select from pg_roles where rolname = 'anon') then
		inside := inside || ', anon';
	end if;
	if exists (select from pg_roles where rolname = 'authenticated') then
		acting := acting || ', authenticated';
		inside := inside || ', authenticated';
		grant usage on schema callward to authenticated;
	end if;

	for named in
		select format('%I on %s', p.polname, p.polrelid::regclass)
		from pg_policy p
		where p.polname in ('tenant_rows', 'tenant_wall',
		        'resolver_rows', 'owner_adds', 'owner_changes',
		        'owner_removes')
		    and p.polrelid = any (tenant_tables)
	loop
		execute 'drop policy ' || named;
	end loop;

	execute format('revoke all on all tables in schema callward from %s',
	    inside);
	execute format('revoke all on function callward.current_user_id()'
	    ' from %s', inside);
	foreach rel in array tenant_tables loop
		execute format('alter table %s enable row level'
		    ' security, force row level security', rel);
		execute format('revoke all on %s from %s', rel, inside);
		execute format('create policy tenant_rows on %s'
		    ' as permissive for all to %s %s', rel, acting, own_rows);
		execute format('create policy tenant_wall on %s'
		    ' as restrictive for all to %s %s', rel, acting, own_rows);
	end loop;
	-- A change is checked when it is made, so that it fails aloud.
	foreach tab in array owner_tables loop
		execute format('create policy owner_adds on public.%I'
		    ' as restrictive for insert to callward_tenant'
		    ' with check %s', tab, is_owner);
		execute format('create policy owner_changes on public.%I'
		    ' as restrictive for update to callward_tenant'
		    ' using (true) with check %s', tab, is_owner);
		execute format('create policy owner_removes on public.%I'
		    ' as restrictive for delete to callward_tenant'
		    ' using %s', tab, is_owner);
	end loop;

	for named in
		select format('"%s" on %s.%s', p.polname,
		    c.relnamespace::regnamespace, c.relname)
		from pg_policy p
		join pg_class c on c.oid = p.polrelid
		where c.oid = any (tenant_tables)
		    and p.polname not in ('tenant_rows', 'tenant_wall',
		        'owner_adds', 'owner_changes', 'owner_removes')
		order by c.relname, p.polname
	loop
		raise notice 'policy of another was left: %', named;
	end loop;

	for named in
		select format('%s on %s.%s', a.grantee::regrole,
		    c.relnamespace::regnamespace, c.relname)
		from pg_class c, aclexplode(c.relacl) a
		where c.oid = any (tenant_tables)
		    and a.grantee not in (0, c.relowner)
		    and a.grantee::regrole::text not like 'callward\_%'
		group by 1 order by 1
	loop
		raise notice 'privileges of another role were left: %', named;
	end loop;
end $$;

-- The resolver reads a few columns of all rows.
create policy resolver_rows on public.assistants for select
    to callward_resolver using (true);
create policy resolver_rows on public.phone_numbers for select
    to callward_resolver using (true);
create policy resolver_rows on public.calls for select
    to callward_resolver using (true);
create policy resolver_rows on public.subscriptions for select
    to callward_resolver using (true);
create policy resolver_rows on callward.sessions for select
    to callward_resolver using (true);

-- The writer: what its functions and the operator's command do for a tenant.
grant execute on function callward.current_user_id() to callward_writer;
grant select, delete,
    insert (id, user_id, name, vapi_assistant_id, max_duration_seconds,
        greeting, language),
    update (name, vapi_assistant_id, max_duration_seconds, greeting,
        language)
on public.assistants to callward_writer;
grant select, delete,
    insert (status, id, user_id, phone_number, label, assistant_id,
        vapi_assistant_id, match_rule, fallback_number, verified_at,
        assistant_phone_number),
    update (status, phone_number, label, assistant_id, vapi_assistant_id,
        match_rule, fallback_number, verified_at, assistant_phone_number)
on public.phone_numbers to callward_writer;
grant select,
    insert (id, user_id, assistant_id, phone_number_id,
        caller_phone_number, assistant_phone_number, twilio_call_sid,
        vapi_call_id, status, owner_rule, stir_verstat, forwarded_from,
        diversion, ended_reason, started_at, ended_at, duration_seconds,
        transcript, messages, summary, cost_usd, metadata, created_at,
        is_test, after_hours),
    update (twilio_call_sid, vapi_call_id, status, ended_reason,
        started_at, ended_at, duration_seconds, recording_url, transcript,
        messages, summary, analysis, structured_data, success_evaluation,
        cost_usd, details, metadata, report_at, report_digest, revisions,
        updated_at, search_words)
on public.calls to callward_writer;
grant select,
    update (status, result, score, transcript, error, call_id, started_at,
        finished_at)
on public.assistant_tests to callward_writer;
grant select
on public.intents to callward_writer;
grant select,
    insert (id, user_id, plan, status, current_period_end,
        included_seconds, cap_behaviour, current_period_start),
    update (plan, status, current_period_end, included_seconds,
        cap_behaviour, current_period_start)
on public.subscriptions to callward_writer;
grant select
on public.working_hours to callward_writer;
grant select, insert, update
on public.call_days to callward_writer;
grant select
on public.clinic_settings to callward_writer;
grant select,
    insert (user_id, phone_number_id),
    update (valid_from, valid_until, assistant_id, vapi_assistant_id,
        max_duration_seconds, greeting, language, fallback_number,
        clinic_name, clinic_language, open_action, closed_action,
        after_hours_message, after_hours, cap_seconds, period_start,
        period_end)
on public.prepared_settings to callward_writer;
grant select,
    insert (user_id, person_id, name, token_name),
    update (name, token_name, updated_at)
on public.clinic_people to callward_writer;
grant select
on callward.tenant_logins to callward_writer;
grant select
on callward.assistant_numbers to callward_writer;
grant select,
    insert (call_sid, sender, call_id),
    update (state, answer, dialled, answered_at)
on callward.call_answers to callward_writer;
grant select,
    insert (user_id, call_id, assistant_id, phone_number_id, is_withheld,
        vapi_call_id, seal, answer)
on callward.sessions to callward_writer;
grant insert
on callward.webhook_events to callward_writer;
grant select, insert
on callward.audit_log to callward_writer;
grant select, insert, update
on callward.verifications to callward_writer;
grant select, insert, update
on callward.verification_legs to callward_writer;
grant select, insert, update (due_at, tries), delete
on callward.to_index to callward_writer;
grant select, insert, update, delete
on callward.index_turns to callward_writer;
grant select, update, delete
on callward.to_reindex to callward_writer;
grant select (version)
on callward.schema_migrations to callward_writer;

-- The resolver: enough to find an owner, and for the operator's lists.
grant select (id, user_id, name, vapi_assistant_id, max_duration_seconds,
        removed_at)
on public.assistants to callward_resolver;
grant select (status, id, user_id, phone_number, label, assistant_id,
        vapi_assistant_id, match_rule, fallback_number, verified_at,
        created_at, assistant_phone_number)
on public.phone_numbers to callward_resolver;
grant select (id, user_id, twilio_call_sid, vapi_call_id, created_at,
        search_words)
on public.calls to callward_resolver;
grant select (id, user_id, plan, status, current_period_end, created_at,
        included_seconds, cap_behaviour, current_period_start)
on public.subscriptions to callward_resolver;
grant select (user_id, call_id, vapi_call_id)
on callward.sessions to callward_resolver;
grant select (id, received_at, provider, event_type, provider_call_id,
        verdict, reason, user_id, call_id, details, body_sha256),
    update (event_type, provider_call_id, twilio_call_sid, verdict, reason,
        user_id, call_id, details, body, applied_at)
on callward.webhook_events to callward_resolver;
grant select (user_id, phone_number_id, step, state, match_rule, started_at)
on callward.verifications to callward_resolver;
grant select
on callward.tenant_logins to callward_resolver;
grant select, insert, update
on callward.routes to callward_resolver;
grant usage on sequence callward.routes_version to callward_resolver;
grant select (user_id, due_at)
on callward.to_index to callward_resolver;
grant select (user_id, until)
on callward.index_turns to callward_resolver;
grant select (user_id)
on callward.to_reindex to callward_resolver;

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

			grant delete,
			    select (id, user_id, name, vapi_assistant_id,
			        max_duration_seconds, created_at, updated_at,
			        greeting, language, removed_at),
			    insert (user_id, name, max_duration_seconds,
			        greeting, language),
			    update (name, max_duration_seconds, greeting,
			        language, removed_at)
			on public.assistants to %1$I;

			grant delete,
			    select (status, id, user_id, phone_number,
			        phone_number_raw, label, assistant_id,
			        vapi_assistant_id, match_rule,
			        fallback_number, verified_at, created_at,
			        updated_at, assistant_phone_number),
			    insert (user_id, phone_number, label,
			        assistant_id, fallback_number),
			    update (label, assistant_id, fallback_number)
			on public.phone_numbers to %1$I;

			grant select (id, user_id, assistant_id,
			        phone_number_id, caller_phone_number,
			        assistant_phone_number, twilio_call_sid,
			        vapi_call_id, status, owner_rule,
			        stir_verstat, forwarded_from, diversion,
			        ended_reason, started_at, ended_at,
			        duration_seconds, recording_url, transcript,
			        messages, summary, analysis, structured_data,
			        success_evaluation, cost_usd, report_at,
			        revisions, created_at, updated_at,
			        follow_up_state, follow_up_note,
			        follow_up_by, follow_up_by_id, follow_up_at,
			        tags, notes,
			        is_test, after_hours, intent, success,
			        cost_micros, search_words, details,
			        caller_name, missed),
			    update (follow_up_state, follow_up_note,
			        follow_up_by, follow_up_by_id, tags, notes)
			on public.calls to %1$I;

			grant delete,
			    select (id, user_id, assistant_id, status,
			        result, created_at, name, script, expected,
			        score, transcript, error, call_id,
			        started_at, finished_at, updated_at),
			    insert (user_id, assistant_id, name, script,
			        expected),
			    update (assistant_id, name, script, expected)
			on public.assistant_tests to %1$I;

			grant delete,
			    select (id, user_id, name, description,
			        created_at, slug, assistant_id,
			        example_phrases, marks_follow_up, is_enabled,
			        updated_at),
			    insert (user_id, name, description, slug,
			        assistant_id, example_phrases,
			        marks_follow_up, is_enabled),
			    update (name, description, slug, assistant_id,
			        example_phrases, marks_follow_up, is_enabled)
			on public.intents to %1$I;

			grant select (id, user_id, plan, status,
			        current_period_end, created_at,
			        included_seconds, cap_behaviour,
			        current_period_start, updated_at)
			on public.subscriptions to %1$I;

			grant delete,
			    select (id, user_id, day_of_week, open_time,
			        close_time, is_closed, phone_number_id,
			        specific_date, date_end, reason, created_at,
			        updated_at),
			    insert (user_id, day_of_week, open_time,
			        close_time, is_closed, phone_number_id,
			        specific_date, date_end, reason),
			    update (day_of_week, open_time, close_time,
			        is_closed, phone_number_id, specific_date,
			        date_end, reason)
			on public.working_hours to %1$I;

			grant select
			on public.call_days to %1$I;

			grant select
			on public.clinic_people to %1$I;

			grant select,
			    insert (user_id, name, timezone, language,
			        open_action, closed_action,
			        after_hours_message, country),
			    update (name, timezone, language, open_action,
			        closed_action, after_hours_message,
			        country)
			on public.clinic_settings to %1$I;
		$grant$, name);
	end loop;
end $$;

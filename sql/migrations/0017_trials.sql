-- Tests of assistants: one run begins, holds a conversation in writing, and
-- is judged. A run is a call, too, marked as a test.

grant insert (ended_reason, cost_usd) on public.calls to callward_writer;

-- A text as it is compared: small letters, plain quotes, single spaces.
create function callward.plain_words(words text) returns text
language sql immutable set search_path = ''
return btrim(regexp_replace(lower(translate(words, '’‘“”' || chr(160),
    '''''"" ')), '\s+', ' ', 'g'));

-- What was expected, and whether it came. A phrase has to stand in what the
-- assistant said. An intent is found when the assistant names it: by its slug
-- in words or in a tool that it called, or by its name.
create function callward.trial_result(
	expected jsonb, said text, called text)
returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
	heard constant text := callward.plain_words(said);
	wanted constant text := expected ->> 'intent';
	phrases jsonb;
begin
	select jsonb_agg(jsonb_build_object('phrase', p, 'found',
	    position(callward.plain_words(p) in heard) > 0) order by place)
	into phrases
	from jsonb_array_elements_text(case jsonb_typeof(expected -> 'phrases')
	    when 'array' then expected -> 'phrases' else '[]' end)
	    with ordinality as listed (p, place);
	return jsonb_build_object('phrases', coalesce(phrases, '[]'),
	    'intent', case when wanted is not null then jsonb_build_object(
	        'intent', wanted, 'found',
	        heard || ' ' || lower(called) ~ ('\m' || wanted || '\M')
	        or exists (select from public.intents
	            where user_id = (select callward.current_user_id())
	                and slug = wanted
	                and position(callward.plain_words(name) in heard) > 0))
	    end);
end $$;

-- Of a hundred, how much of what was expected came.
create function callward.trial_score(result jsonb) returns numeric
language plpgsql immutable set search_path = ''
as $$
begin
	return (select coalesce(round(100.0 * count(*) filter (where came)
	        / nullif(count(*), 0), 2), 100)
	    from (
		select (p -> 'found')::boolean as came
		from jsonb_array_elements(result -> 'phrases') p
		union all
		select (result #> '{intent,found}')::boolean
		where result -> 'intent' <> 'null'
	    ) listed);
end $$;

-- A process that died leaves its run behind: none takes so long. It is shown
-- as ended (callward.shown_tests), and is when the next one begins.
create function callward.trial_interrupted(status text, started_at timestamptz)
returns boolean
language plpgsql stable set search_path = ''
as $$
begin
	return status = 'running' and started_at < now() - interval '3 minutes';
end $$;

-- Runs of the tenant that began since then: also those of tests that were
-- removed, since they were paid for.
create function callward.trial_runs(since timestamptz)
returns setof timestamptz
language plpgsql stable set search_path = ''
as $$
begin
	return query select l.at from callward.audit_log l
	where l.user_id = (select callward.current_user_id())
	    and l.action = 'run_test' and l.at > trial_runs.since;
end $$;

-- Why this tenant can run no test at all now: what it may spend is spent.
create function callward.trial_spent() returns callward.written
language plpgsql stable set search_path = ''
as $$
declare
	me constant text := callward.current_user_id();
	cap integer;
	again timestamptz;
begin
	if 10 <= (select count(*) from callward.trial_runs(
	    now() - interval '1 minute')) then
		return callward.answered('limit', json_build_object('detail',
		    '10 tests were run within a minute: wait a moment'));
	end if;
	select r.at + interval '1 day' into again
	from callward.trial_runs(now() - interval '1 day') r (at)
	order by r.at desc offset 99 limit 1;
	if found then
		return callward.answered('limit', json_build_object('detail',
		    '100 tests were run within 24 hours: the next one can'
		    ' begin at ' || to_char(again at time zone
		    callward.clinic_zone(me), 'HH24:MI') || ' ('
		    || callward.clinic_zone(me) || ')'));
	end if;
	select case s.cap_behaviour when 'fallback'
	    then s.included_seconds end
	into cap
	from public.subscriptions s
	where s.user_id = me
	order by s.created_at desc, s.id desc limit 1;
	if cap is not null and callward.is_used_up(me, cap, now()) then
		return callward.answered('conflict', json_build_object('detail',
		    'the seconds of your plan are used up: tests can be run'
		    ' when its next period begins, or with a larger plan'));
	end if;
	return null;
end $$;

-- Why a test of this tenant cannot begin now; no row when it can.
create function callward.trial_refusal(test public.assistant_tests)
returns setof callward.written
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	other uuid;
	assistant record;
	spent callward.written;
begin
	select id into other from public.assistant_tests
	where user_id = me and status = 'running' limit 1;
	if found then
		return next callward.answered('conflict', json_build_object(
		    'detail', case when other = test.id
		    then 'this test is running already'
		    else 'another test is running: wait until it has ended'
		    end));
		return;
	end if;
	select vapi_assistant_id into assistant from public.assistants
	where user_id = me and id = test.assistant_id and removed_at is null;
	if not found then
		return next callward.answered('refused', json_build_array(
		    callward.complaint('assistant_id',
		    'is not one of your assistants')));
	elsif coalesce(assistant.vapi_assistant_id, '') = '' then
		return next callward.answered('refused', json_build_array(
		    callward.complaint('assistant_id',
		    'has no assistant at the provider yet; ask your'
		    ' operator')));
	elsif coalesce(test.script, '') !~ '\S' then
		return next callward.answered('refused', json_build_array(
		    callward.complaint('script', 'is required')));
	end if;
	spent := callward.trial_spent();
	if spent.outcome is not null then
		return next spent;
	end if;
end $$;

-- Begin a run of a test: one at a time, and not too many.
create function callward.tenant_trial_begin(id uuid)
returns callward.written
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	test public.assistant_tests;
	refusal callward.written;
begin
	perform callward.lock_tenant();
	update public.assistant_tests
	set status = 'error', finished_at = now(),
	    error = 'the test was interrupted; run it again'
	where user_id = me and callward.trial_interrupted(status, started_at);
	select t.* into test from public.assistant_tests t
	where t.user_id = me and t.id = tenant_trial_begin.id;
	if not found then
		return callward.answered('absent');
	end if;
	select * into refusal from callward.trial_refusal(test);
	if found then
		return refusal;
	end if;
	update public.assistant_tests
	set status = 'running', started_at = clock_timestamp(),
	    finished_at = null, score = null, result = null,
	    transcript = null, error = null, call_id = null
	where user_id = me and id = test.id;
	insert into callward.audit_log (user_id, actor, action, subject)
	values (me, me, 'run_test', test.id::text);
	return callward.answered('ok',
	    (select shown from callward.shown_tests(test.id)));
end $$;

-- End the run that began then: judge what was said, and file it as a call.
-- Whoever comes twice, or after another run began, changes nothing.
--
-- heard: {"turns": [{"role", "message", "secondsFromStart"}], "called": text,
--     "seconds": n, "cost": n, "error": text or null}
create function callward.tenant_trial_finish(
	id uuid, began timestamptz, heard jsonb)
returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	test public.assistant_tests;
	failed constant text := heard ->> 'error';
	said text;
	spoken text;
	judged jsonb;
	points numeric;
	ending text;
	filed uuid;
begin
	perform callward.lock_tenant();
	select t.* into test from public.assistant_tests t
	where t.user_id = me and t.id = tenant_trial_finish.id
	    and t.status = 'running' and t.started_at = began;
	if not found then
		return 'absent';
	end if;
	select string_agg(case turn ->> 'role' when 'user' then 'User: '
	        else 'AI: ' end || (turn ->> 'message'), E'\n' order by place),
	    string_agg(turn ->> 'message', E'\n' order by place)
	        filter (where turn ->> 'role' <> 'user')
	into spoken, said
	from jsonb_array_elements(heard -> 'turns')
	    with ordinality as listed (turn, place);
	if failed is null then
		judged := callward.trial_result(test.expected,
		    coalesce(said, ''), coalesce(heard ->> 'called', ''));
		points := callward.trial_score(judged);
	end if;
	ending := case when failed is not null then 'error'
	    when points = 100 then 'passed' else 'failed' end;
	insert into public.calls (assistant_id, caller_phone_number,
	    assistant_phone_number, owner_rule, status, is_test, ended_reason,
	    started_at, ended_at, duration_seconds, transcript, messages,
	    cost_usd, user_id)
	values (test.assistant_id, 'test', 'test', 'test',
	    case when failed is null then 'completed' else 'failed' end, true,
	    case when failed is not null then 'callward-test-error' end, began,
	    clock_timestamp(), (heard ->> 'seconds')::integer, spoken,
	    heard -> 'turns', (heard ->> 'cost')::numeric, me)
	returning calls.id into filed;
	update public.assistant_tests
	set status = ending, score = points, result = judged,
	    transcript = spoken, error = failed, call_id = filed,
	    finished_at = clock_timestamp()
	where user_id = me and id = test.id;
	return ending;
end $$;

do $$
declare
	f record;
begin
	grant execute on function callward.lock_tenant(),
	    callward.answered(text, json), callward.complaint(text, text),
	    callward.shown_tests(uuid) to callward_writer;
	grant create on schema callward to callward_writer;
	for f in
		select oid::regprocedure as name, prosecdef, proname
		from pg_proc
		where pronamespace = 'callward'::regnamespace
		    and proname in ('plain_words', 'trial_result',
		        'trial_score', 'trial_interrupted', 'trial_refusal',
		        'trial_runs', 'trial_spent',
		        'tenant_trial_begin', 'tenant_trial_finish')
	loop
		execute format('revoke all on function %s from public', f.name);
		execute format('grant execute on function %s to %s', f.name,
		    case when f.prosecdef then 'callward_tenant'
		    when f.proname = 'trial_interrupted'
		    then 'callward_tenant, callward_writer'
		    else 'callward_writer' end);
		execute format('alter function %s owner to %I', f.name,
		    case when f.prosecdef then 'callward_writer'
		    else 'callward_owner' end);
	end loop;
	revoke create on schema callward from callward_writer;
end $$;

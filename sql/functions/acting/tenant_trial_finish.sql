-- End the run that began then: judge what was said, and file it as a call.
-- Whoever comes twice, or after another run began, changes nothing.
--
-- heard: {"turns": [{"role", "message", "secondsFromStart"}], "called": text,
--     "seconds": n, "cost": n, "error": text or null}
--
-- execute: callward_tenant
create or replace function callward.tenant_trial_finish(
	id uuid, began timestamptz, heard jsonb)
returns text
language plpgsql
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
	perform callward.require_owner();
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

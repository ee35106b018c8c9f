-- Begin a run of a test: one at a time, and not too many.
--
-- execute: callward_tenant
create or replace function callward.tenant_trial_begin(id uuid)
returns callward.written
language plpgsql
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	test public.assistant_tests;
	refusal callward.written;
begin
	perform callward.require_owner();
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
	values (me, coalesce(nullif(current_setting('request.jwt.claims', true),
	    '')::jsonb ->> 'callward_actor', me), 'run_test', test.id::text);
	return callward.answered('ok',
	    (select shown from callward.shown_tests(test.id)));
end $$;

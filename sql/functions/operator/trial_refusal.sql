-- Why a test of this tenant cannot begin now; no row when it can.
--
-- execute: callward_writer
create or replace function callward.trial_refusal(test public.assistant_tests)
returns setof callward.written
language plpgsql stable
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
		return next case when other = test.id
		    then callward.problem('conflict', 'test_runs_already')
		    else callward.problem('conflict', 'other_test_runs') end;
		return;
	end if;
	select vapi_assistant_id into assistant from public.assistants
	where user_id = me and id = test.assistant_id and removed_at is null;
	if not found then
		return next callward.answered('refused', json_build_array(
		    callward.complaint('assistant_id',
		    'unknown_assistant')));
	elsif coalesce(assistant.vapi_assistant_id, '') = '' then
		return next callward.answered('refused', json_build_array(
		    callward.complaint('assistant_id',
		    'not_at_provider')));
	elsif coalesce(test.script, '') !~ '\S' then
		return next callward.answered('refused', json_build_array(
		    callward.complaint('script', 'required')));
	end if;
	spent := callward.trial_spent();
	if spent.outcome is not null then
		return next spent;
	end if;
end $$;

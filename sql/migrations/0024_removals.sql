-- What a clinic removes of its hours, intents and tests, it removes under the
-- tenant's lock, as it removes numbers and assistants: whoever saves one has
-- looked whether it is there, and it must not go before it is written.

create function callward.remove_hours(id uuid) returns callward.written
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
begin
	perform callward.lock_tenant();
	delete from public.working_hours
	where user_id = callward.current_user_id() and id = remove_hours.id;
	return callward.answered(case when found then 'ok' else 'absent' end);
end $$;

create function callward.remove_intent(id uuid) returns callward.written
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
begin
	perform callward.lock_tenant();
	delete from public.intents
	where user_id = callward.current_user_id() and id = remove_intent.id;
	return callward.answered(case when found then 'ok' else 'absent' end);
end $$;

create function callward.remove_test(id uuid) returns callward.written
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
begin
	perform callward.lock_tenant();
	delete from public.assistant_tests
	where user_id = callward.current_user_id() and id = remove_test.id;
	return callward.answered(case when found then 'ok' else 'absent' end);
end $$;

do $$
declare
	f regprocedure;
begin
	for f in select oid from pg_proc
	    where pronamespace = 'callward'::regnamespace
	        and proname in ('remove_hours', 'remove_intent', 'remove_test')
	loop
		execute format('revoke all on function %s from public', f);
		execute format('grant execute on function %s to'
		    ' callward_tenant', f);
		execute format('alter function %s owner to callward_owner', f);
	end loop;
end $$;

create or replace function callward.remove_test(id uuid)
returns callward.written
language plpgsql
as $$
#variable_conflict use_column
begin
	perform callward.lock_tenant();
	delete from public.assistant_tests
	where user_id = callward.current_user_id() and id = remove_test.id;
	return callward.answered(case when found then 'ok' else 'absent' end);
end $$;

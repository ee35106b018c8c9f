create or replace function callward.remove_intent(id uuid)
returns callward.written
language plpgsql
as $$
#variable_conflict use_column
begin
	perform callward.lock_tenant();
	delete from public.intents
	where user_id = callward.current_user_id() and id = remove_intent.id;
	return callward.answered(case when found then 'ok' else 'absent' end);
end $$;

-- What a clinic removes of its hours, intents and tests, it removes under the
-- tenant's lock, as it removes numbers and assistants: whoever saves one has
-- looked whether it is there, and it must not go before it is written.
create or replace function callward.remove_hours(id uuid)
returns callward.written
language plpgsql
as $$
#variable_conflict use_column
begin
	perform callward.lock_tenant();
	delete from public.working_hours
	where user_id = callward.current_user_id() and id = remove_hours.id;
	return callward.answered(case when found then 'ok' else 'absent' end);
end $$;

-- What it did for numbers, intents and tests, nobody does from now on. Its
-- calls, of which there may be a million, are left alone.
create or replace function callward.remove_assistant(id uuid)
returns callward.written
language plpgsql
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
begin
	perform callward.lock_tenant();
	update public.assistants set removed_at = now()
	where user_id = me and id = remove_assistant.id and removed_at is null;
	if not found then
		return callward.answered('absent');
	end if;
	update public.phone_numbers set assistant_id = null
	where user_id = me and assistant_id = remove_assistant.id;
	update public.intents set assistant_id = null
	where user_id = me and assistant_id = remove_assistant.id;
	update public.assistant_tests set assistant_id = null
	where user_id = me and assistant_id = remove_assistant.id;
	return callward.answered('ok');
end $$;

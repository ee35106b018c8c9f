create or replace function callward.remove_number(id uuid)
returns callward.written
language plpgsql
as $$
#variable_conflict use_column
begin
	perform callward.lock_tenant();
	if not callward.tenant_release_number(id) then
		return callward.answered('absent');
	end if;
	delete from public.working_hours
	where user_id = callward.current_user_id()
	    and phone_number_id = remove_number.id;
	return callward.answered('ok');
end $$;

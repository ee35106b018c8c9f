-- The name that who asks goes by in the clinic; null: the one of their token.
create or replace function callward.change_person(body jsonb)
returns callward.written
language plpgsql
as $$
begin
	perform callward.tenant_person(chosen => body ? 'name',
	    name => body ->> 'name');
	return callward.answered('ok', callward.people_json());
end $$;

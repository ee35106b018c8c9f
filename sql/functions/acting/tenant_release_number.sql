-- Give a number up: nobody's call is filed under it any more.
--
-- execute: callward_tenant
create or replace function callward.tenant_release_number(id uuid)
returns boolean
language plpgsql
as $$
#variable_conflict use_column
begin
	perform callward.require_owner();
	update public.phone_numbers set status = 'released'
	where user_id = callward.current_user_id()
	    and id = tenant_release_number.id and status <> 'released';
	return found;
end $$;

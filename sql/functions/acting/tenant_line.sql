-- The line that a clinic forwards to, if the operator named none: the first,
-- but never one that is another tenant's alone.
--
-- execute: callward_tenant
create or replace function callward.tenant_line() returns text
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (select phone_number from callward.assistant_numbers
	    where not callward.is_anothers(phone_number,
	        callward.current_user_id())
	    order by created_at, phone_number
	    limit 1);
end $$;

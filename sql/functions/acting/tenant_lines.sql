-- The lines on which assistants answer: clinics forward to them, so they may
-- know them.
--
-- execute: callward_tenant
create or replace function callward.tenant_lines() returns setof text
language plpgsql stable
as $$
begin
	if callward.current_user_id() is not null then
		return query select phone_number
		from callward.assistant_numbers
		order by created_at, phone_number;
	end if;
end $$;

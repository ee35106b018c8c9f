-- Which number would be rung from which line?
--
-- absent    the tenant has no such number
-- conflict  there is nothing to prove, or nobody to ring: code says why
-- ok        phone_number and line
--
-- execute: callward_tenant
create or replace function callward.tenant_verification_target(
	number uuid, out outcome text, out answer jsonb,
	out phone_number text, out line text)
language plpgsql stable
as $$
#variable_conflict use_column
declare
	claim record;
	why text;
begin
	select n.phone_number, n.status,
	    coalesce(n.assistant_phone_number, callward.tenant_line()) as line
	into claim
	from public.phone_numbers n
	where n.user_id = callward.current_user_id()
	    and n.id = tenant_verification_target.number
	    and n.status <> 'released';
	if not found then
		outcome := 'absent';
		return;
	end if;
	why := case
	    when claim.status = 'active' then 'number_in_use'
	    when claim.status <> 'pending' then 'number_paused'
	    when claim.phone_number is null
	        then 'number_unreadable'
	    when claim.line is null then 'no_assistant_number'
	    when exists (select from callward.assistant_numbers a
	        where a.phone_number = claim.phone_number)
	        then 'number_of_assistants'
	    end;
	if why is not null then
		outcome := 'conflict';
		answer := jsonb_build_object('code', why);
		return;
	end if;
	outcome := 'ok';
	phone_number := claim.phone_number;
	line := claim.line;
end $$;

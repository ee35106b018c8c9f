-- Which number would be rung from which line?
--
-- absent    the tenant has no such number
-- conflict  there is nothing to prove, or nobody to ring: detail says why
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
	    when claim.status = 'active' then 'this number is in use already'
	    when claim.status <> 'pending' then 'this number is paused'
	    when claim.phone_number is null
	        then 'this number could not be read: register it anew'
	    when claim.line is null then 'no assistant number is set up yet:'
	        ' ask the operator'
	    when exists (select from callward.assistant_numbers a
	        where a.phone_number = claim.phone_number)
	        then 'this is a number on which assistants answer'
	    end;
	if why is not null then
		outcome := 'conflict';
		answer := jsonb_build_object('detail', why);
		return;
	end if;
	outcome := 'ok';
	phone_number := claim.phone_number;
	line := claim.line;
end $$;

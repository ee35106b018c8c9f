-- A code was typed: take one of five tries, before anybody compares.
--
-- absent    the tenant has no such number
-- conflict  no code waits to be typed
-- wait      all tries are taken, and the last is being compared
-- ok        the attempt that the code must be of. One that is proven takes no
--           more tries; the code that proved it is right again
--
-- execute: callward_tenant
create or replace function callward.tenant_verification_try(
	number uuid, out outcome text, out answer jsonb, out id uuid)
language plpgsql
as $$
#variable_conflict use_column
declare
	v callward.verifications;
	stands text;
begin
	perform callward.require_owner();
	select t.outcome, t.answer into outcome, answer
	from callward.tenant_verification_target(number) t;
	if outcome <> 'ok' then
		return;
	end if;
	select * into v from callward.verifications w
	where w.id = (select u.id from callward.verifications u
	    where u.user_id = callward.current_user_id()
	        and u.phone_number_id = number
	    order by u.started_at desc, u.id desc limit 1)
	for update;
	stands := (callward.verification_stands(v)).state;
	if v.step = 'code' and stands = 'spoken' and v.tries < 5 then
		update callward.verifications w set tries = tries + 1
		where w.id = v.id;
		id := v.id;
	elsif v.step = 'code' and stands = 'proven' then
		id := v.id;
	else
		outcome := case when stands = 'spoken' then 'wait'
		    else 'conflict' end;
		answer := jsonb_build_object('code', 'no_code_waits');
	end if;
end $$;

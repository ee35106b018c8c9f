-- Begin an attempt. Its row is there before anybody is rung; rung is false
-- where nobody may be, and only the program is to know.
--
-- absent, conflict  as tenant_verification_target tells; for the loop, possession
--                   must be proven
-- limit             too many attempts: code says of what
-- ok                the attempt's id, and the clinic's language
--
-- execute: callward_tenant
create or replace function callward.tenant_verification_begin(
	number uuid, step text,
	out outcome text, out answer jsonb, out id uuid, out rung boolean,
	out language text)
language plpgsql
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	target record;
	why text;
begin
	perform callward.require_owner();
	target := callward.tenant_verification_target(number);
	outcome := target.outcome;
	answer := target.answer;
	if outcome <> 'ok' then
		return;
	end if;
	-- Two at once are counted one after the other.
	perform pg_advisory_xact_lock(hashtextextended('prove ' || me, 0));
	perform pg_advisory_xact_lock(
	    hashtextextended('prove ' || target.phone_number, 0));

	why := case
	    when (callward.claims_on(target.phone_number, me)).others
	        and exists (select from callward.verifications
	        where user_id = me and phone_number_id = number
	            and state = 'waiting_operator')
	        then 'operator_decides'
	    when tenant_verification_begin.step = 'loop'
	        and not exists (select from callward.verifications
	        where user_id = me and phone_number_id = number
	            and step = 'code' and state = 'proven'
	            and changed_at > now() - interval '30 minutes')
	        then 'code_first' end;
	if why is not null then
		outcome := 'conflict';
		answer := jsonb_build_object('code', why);
		return;
	end if;

	why := callward.attempts_limit(me, number, target.phone_number,
	    tenant_verification_begin.step);
	if why is not null then
		outcome := 'limit';
		answer := jsonb_build_object('code', why);
		return;
	end if;

	rung := not (callward.claims_on(target.phone_number, me)).active;
	language := (select c.language from public.clinic_settings c
	    where user_id = me);
	insert into callward.verifications as v (user_id, phone_number_id,
	    phone_number, line, step, withheld)
	values (me, number, target.phone_number, target.line,
	    tenant_verification_begin.step, not rung)
	returning v.id into id;
end $$;

-- The last attempt at a number, as its tenant sees it; null when there is none.
--
-- execute: callward_tenant
create or replace function callward.tenant_verification(number uuid)
returns jsonb
language plpgsql stable
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	v callward.verifications;
	s record;
begin
	select * into v from callward.verifications
	where user_id = me and phone_number_id = tenant_verification.number
	order by started_at desc, id desc
	limit 1;
	if not found then
		return null;
	end if;
	s := callward.verification_stands(v);
	-- the operator may have decided, or the others have given it up
	if exists (select from public.phone_numbers
	    where user_id = me and id = number and status = 'active') then
		s.state := 'done';
		s.reason := null;
	elsif s.state = 'waiting_operator'
	    and not (callward.claims_on(v.phone_number, me)).others then
		s.state := 'failed';
		s.reason := 'lapsed';
	end if;
	return jsonb_build_object('step', v.step, 'state', s.state,
	    'reason', s.reason, 'detail',
	    callward.verification_detail(v.step, s.state, s.reason),
	    'seen', v.seen, 'started_at', v.started_at,
	    'expires_at', s.expires_at,
	    'tries_left', case when v.step = 'code' then 5 - v.tries else 0 end);
end $$;

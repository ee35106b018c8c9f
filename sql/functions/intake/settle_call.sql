-- End a CallSid without an assistant: it gets this answer if it has none.
--
-- settled  done; the call that was opened for it, if it is not final and not
--          bound, has ended for ended_reason, which begins with 'callward-':
--          it failed, or nobody was to answer; 'callward-forwarded' goes on
-- repeat   it had one: answer
-- absent   no such CallSid
--
-- user_id and call_id name the caller's own call. Without them, the call that
-- another attempt opened and left behind is meant, if ended_reason is given.
create or replace function callward.settle_call(
	call_sid text, answer text, dialled boolean, user_id text,
	call_id uuid, ended_reason text)
returns callward.settlement
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	s callward.settlement;
	owner text := settle_call.user_id;
	opened uuid;
begin
	claims := set_config('request.jwt.claims', '', true);
	s := ('settled', settle_call.answer);
	update callward.call_answers
	set state = 'answered', answer = settle_call.answer,
	    dialled = coalesce(settle_call.dialled, false),
	    answered_at = clock_timestamp()
	where call_sid = settle_call.call_sid and state = 'working'
	returning call_id into opened;
	if not found then
		select 'repeat', answer into s from callward.call_answers
		where call_sid = settle_call.call_sid;
		if not found then
			s := ('absent', null);
		end if;
		return s;
	end if;

	if owner is not null then
		opened := settle_call.call_id;
	elsif ended_reason is not null then
		owner := callward.owner_of_call(opened);
	end if;
	if owner is not null then
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', owner)::text, true);
		update public.calls
		set status = case settle_call.ended_reason
		        when 'callward-forwarded' then 'forwarding'
		        when 'callward-after-hours' then 'no-answer'
		        when 'callward-over-plan' then 'no-answer'
		        else 'failed' end,
		    ended_reason = coalesce(settle_call.ended_reason,
		        'callward-failed'),
		    ended_at = case when settle_call.ended_reason
		        is distinct from 'callward-forwarded' then now() end,
		    updated_at = now()
		where user_id = owner and id = opened and vapi_call_id is null
		    and status in ('initiated', 'ringing', 'in-progress',
		        'forwarding');
		claims := set_config('request.jwt.claims', '', true);
	end if;
	return s;
end $$;

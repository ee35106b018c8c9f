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

	if owner is null then
		owner := callward.owner_of_call(opened);
	else
		opened := settle_call.call_id;
	end if;
	if owner is not null then
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', owner)::text, true);
		s := callward.end_unbound(opened, call_sid, answer,
		    settle_call.user_id is not null, ended_reason);
		claims := set_config('request.jwt.claims', '', true);
	end if;
	return s;
end $$;

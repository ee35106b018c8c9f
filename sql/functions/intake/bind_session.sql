-- The assistant answered: bind its call to ours, once, and keep the answer.
--
-- bound    done, now or before
-- settled  the CallSid was answered otherwise meanwhile: answer
-- taken    the Vapi call is another call's, or ours has another: nothing done
-- absent   this owner has no such call at work
create or replace function callward.bind_session(
	user_id text, call_id uuid, call_sid text, vapi_call_id text,
	answer text, metadata jsonb)
returns callward.settlement
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	s callward.settlement;
begin
	claims := set_config('request.jwt.claims',
	    json_build_object('sub', user_id)::text, true);
	if callward.vapi_call_taken(vapi_call_id, user_id, call_id) then
		s.verdict := 'taken';
	else
		update public.calls
		set vapi_call_id = bind_session.vapi_call_id,
		    metadata = bind_session.metadata, updated_at = now()
		where user_id = bind_session.user_id
		    and id = bind_session.call_id
		    and (vapi_call_id is null
		        or vapi_call_id = bind_session.vapi_call_id);
		if found then
			s := callward.give_answer(call_id, call_sid, answer);
		else
			s.verdict := case when exists (select from public.calls
			    where user_id = bind_session.user_id
			        and id = bind_session.call_id)
			    then 'taken' else 'absent' end;
		end if;
	end if;
	claims := set_config('request.jwt.claims', '', true);
	return s;
end $$;

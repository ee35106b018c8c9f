-- The assistant answered: bind its call to ours, once, and keep the answer.
--
-- bound    done, now or before
-- settled  the CallSid was answered otherwise meanwhile: answer
-- taken    the Vapi call is another call's, or ours has another: nothing done
-- absent   this owner has no such call at work
--
-- The session's row is the one thing that is written: its keys hold off a
-- second session of the call, a second call of the session, and settle_call.
create or replace function callward.bind_session(
	user_id text, call_id uuid, call_sid text, vapi_call_id text,
	answer text, metadata jsonb)
returns callward.settlement
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	s callward.settlement := ('bound', bind_session.answer);
begin
	claims := set_config('request.jwt.claims',
	    json_build_object('sub', user_id)::text, true);
	if callward.vapi_call_taken(vapi_call_id, user_id, call_id, true) then
		s := ('taken', null);
	else
		insert into callward.sessions (user_id, call_id, vapi_call_id,
		    assistant_id, phone_number_id, is_withheld, seal, answer)
		select c.user_id, c.id, bind_session.vapi_call_id,
		    (bind_session.metadata ->> 'assistant_id')::uuid,
		    (bind_session.metadata ->> 'phone_number_id')::uuid,
		    case when bind_session.metadata ->> 'caller_phone_number'
		        is null then true end,
		    bind_session.metadata ->> 'seal', bind_session.answer
		from callward.call_answers a
		join public.calls c on c.user_id = bind_session.user_id
		    and c.id = a.call_id and c.vapi_call_id is null
		where a.call_sid = bind_session.call_sid
		    and a.call_id = bind_session.call_id
		    and a.state = 'working'
		on conflict do nothing;
		if not found then
			s := callward.bind_again(user_id, call_id, call_sid,
			    vapi_call_id, answer, metadata);
		end if;
	end if;
	claims := set_config('request.jwt.claims', '', true);
	return s;
end $$;

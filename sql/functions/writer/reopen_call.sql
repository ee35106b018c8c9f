-- What is to be done about a CallSid that has been seen. No verdict: it is
-- this very attempt, sent again, and goes on; if it came as far as a row, the
-- owner is the one of that row. sender is the caller_key. With repeat and wait
-- comes the fallback of the number that the call was opened for: its first
-- answer may be one that cannot be used, or never come.
create or replace function callward.reopen_call(
	call_id uuid, call_sid text, sender text)
returns callward.opening
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	o callward.opening;
	seen callward.call_answers;
begin
	select * into strict seen from callward.call_answers
	where call_sid = reopen_call.call_sid;
	if seen.call_id = call_id and seen.state = 'working' then
		-- it goes on: nobody settles it meanwhile
		select * into seen from callward.call_answers
		where call_sid = reopen_call.call_sid
		for share;
	end if;
	if seen.state = 'working' then
		seen.answer := callward.session_answer(seen.call_id);
	end if;

	if not callward.is_same_caller(seen.sender, sender) then
		o.verdict := 'mismatch';
		perform callward.note_attempt(call_id, call_sid, 'rejected',
		    'call_sid_mismatch', null,
		    jsonb_build_object('from', left(sender, 256)));
		return o;
	elsif seen.answer is not null then
		o.verdict := 'repeat';
		o.answer := seen.answer;
	elsif seen.call_id <> call_id then
		o.verdict := 'wait';
		o.age_ms := callward.age_ms(seen.opened_at);
	else
		o.user_id := callward.owner_of_call(call_id);
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', o.user_id)::text, true);
		select phone_number_id, owner_rule
		into o.phone_number_id, o.owner_rule
		from public.calls
		where user_id = o.user_id and id = reopen_call.call_id;
	end if;
	if o.verdict is not null then
		claims := set_config('request.jwt.claims', json_build_object(
		    'sub', callward.owner_of_call(seen.call_id))::text, true);
		select callward.not_ours(n.fallback_number) into o.fallback
		from public.calls c
		join public.phone_numbers n
		    on n.user_id = c.user_id and n.id = c.phone_number_id
		where c.user_id = callward.current_user_id()
		    and c.id = seen.call_id;
		claims := set_config('request.jwt.claims', '', true);
	end if;
	if seen.call_id <> call_id then
		perform callward.note_attempt(call_id, call_sid, 'duplicate',
		    null, null, null);
	end if;
	return o;
end $$;

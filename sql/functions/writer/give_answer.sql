-- The attempt that opened this CallSid has its answer.
create or replace function callward.give_answer(
	call_id uuid, call_sid text, answer text)
returns callward.settlement
language plpgsql
as $$
#variable_conflict use_column
declare
	s callward.settlement;
	seen callward.call_answers;
begin
	s := ('bound', give_answer.answer);
	update callward.call_answers
	set state = 'answered', answer = give_answer.answer,
	    answered_at = clock_timestamp()
	where call_sid = give_answer.call_sid
	    and call_id = give_answer.call_id and state = 'working';
	if not found then
		select * into seen from callward.call_answers
		where call_sid = give_answer.call_sid;
		if seen.state = 'answered' then
			if seen.answer <> give_answer.answer then
				s := ('settled', seen.answer);
			end if;
		else
			s := ('absent', null);
		end if;
	end if;
	return s;
end $$;

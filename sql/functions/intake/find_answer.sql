-- The answer to a CallSid, if it is known at all.
create or replace function callward.find_answer(
	call_sid text, out state text, out answer text, out age_ms bigint)
returns setof record
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	return query
	select state, answer, callward.age_ms(opened_at)
	from callward.call_answers
	where call_sid = find_answer.call_sid;
end $$;

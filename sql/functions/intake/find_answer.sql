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
	select case when a.given is null then a.state else 'answered' end,
	    a.given, callward.age_ms(a.opened_at)
	from (select state, opened_at, case state when 'answered' then answer
	        else callward.session_answer(call_id) end as given
	    from callward.call_answers
	    where call_sid = find_answer.call_sid offset 0) a;
end $$;

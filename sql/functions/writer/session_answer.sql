-- What the caller of this call was answered, if a session has the answer.
create or replace function callward.session_answer(call_id uuid) returns text
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	answered text;
begin
	claims := set_config('request.jwt.claims', json_build_object('sub',
	    callward.owner_of_call(call_id))::text, true);
	select answer into answered from callward.sessions
	where user_id = callward.current_user_id()
	    and call_id = session_answer.call_id;
	claims := set_config('request.jwt.claims', '', true);
	return answered;
end $$;

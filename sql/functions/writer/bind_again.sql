-- Bind a call that has a session's row or a Vapi id already: the statement was
-- sent again, a message of the session came first, the caller was answered
-- otherwise, or an earlier version has bound the call in its own row. A Vapi id
-- that comes too late is stored there, too. Within the tenant's claims.
create or replace function callward.bind_again(
	user_id text, call_id uuid, call_sid text, vapi_call_id text,
	answer text, metadata jsonb)
returns callward.settlement
language plpgsql
as $$
#variable_conflict use_column
declare
	bound text;
	answered text;
begin
	select coalesce(c.vapi_call_id, s.vapi_call_id), s.answer
	into bound, answered
	from public.calls c
	left join callward.sessions s
	    on s.user_id = c.user_id and s.call_id = c.id
	where c.user_id = bind_again.user_id and c.id = bind_again.call_id
	for update of c;
	if not found then
		return ('absent'::text, null::text);
	elsif bound <> vapi_call_id
	    or callward.vapi_call_taken(vapi_call_id, user_id, call_id) then
		return ('taken'::text, null::text);
	elsif bound is null then
		update public.calls
		set vapi_call_id = bind_again.vapi_call_id,
		    metadata = bind_again.metadata, updated_at = now()
		where user_id = bind_again.user_id
		    and id = bind_again.call_id;
	end if;
	if answered is null then
		return callward.give_answer(call_id, call_sid, answer);
	end if;
	return (case when answered = answer then 'bound' else 'settled' end,
	    answered);
end $$;

-- A message came before its session was bound: it makes the row, without an
-- answer. Gives the Vapi id that the call has now: another one where somebody
-- was faster, '' where this one is another call's.
create or replace function callward.first_message(
	c public.calls, assistant_id uuid, phone_number_id uuid,
	caller_phone_number text, seal text, vapi_call_id text)
returns text
language plpgsql
as $$
#variable_conflict use_column
begin
	insert into callward.sessions (user_id, call_id, vapi_call_id,
	    assistant_id, phone_number_id, is_withheld, seal)
	values (c.user_id, c.id, first_message.vapi_call_id,
	    first_message.assistant_id, first_message.phone_number_id,
	    case when caller_phone_number is null then true end,
	    first_message.seal)
	on conflict do nothing;
	if found then
		return vapi_call_id;
	end if;
	return coalesce((select vapi_call_id from callward.sessions
	    where user_id = c.user_id and call_id = c.id), '');
end $$;

-- The call, locked. One that has no row yet is made, as the older system did,
-- if its number is this owner's; else the answer has no id.
create or replace function callward.take_call(
	user_id text, call_id uuid, assistant_id uuid, phone_number_id uuid,
	caller_phone_number text, assistant_phone_number text, metadata jsonb,
	at timestamptz)
returns public.calls
language plpgsql
as $$
#variable_conflict use_column
declare
	c public.calls;
begin
	select * into c from public.calls
	where user_id = take_call.user_id and id = take_call.call_id
	for update;
	if found then
		return c;
	end if;

	insert into public.calls (id, user_id, assistant_id, phone_number_id,
	    caller_phone_number, assistant_phone_number, metadata, created_at)
	select take_call.call_id, n.user_id, a.id, n.id,
	    coalesce(take_call.caller_phone_number, ''),
	    coalesce(take_call.assistant_phone_number, ''), take_call.metadata,
	    take_call.at
	from public.phone_numbers n
	left join public.assistants a
	    on a.user_id = n.user_id and a.id = take_call.assistant_id
	where n.user_id = take_call.user_id
	    and n.id = take_call.phone_number_id
	on conflict do nothing;
	select * into c from public.calls
	where user_id = take_call.user_id and id = take_call.call_id
	for update;
	return c;
end $$;

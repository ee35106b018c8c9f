-- The call of a message under its owner, locked; f.verdict says why there is
-- none: a call that was deleted at Vapi and has no row, a number of somebody
-- else's, another call of Vapi's. The first message of a session that is not
-- bound yet makes the session's row. binds: the Vapi id has to be stored in the
-- row of the call itself. Within the tenant's claims.
create or replace function callward.event_call(
	inout f callward.filing, event_type text, assistant_id uuid,
	phone_number_id uuid, caller_phone_number text,
	assistant_phone_number text, metadata jsonb, vapi_call_id text,
	at timestamptz, out c public.calls, out binds boolean)
language plpgsql
as $$
declare
	bound text;
begin
	binds := false;
	if event_type = 'call.deleted' then
		select * into c from public.calls k
		where k.user_id = f.user_id and k.id = f.call_id for update;
		if not found then
			f := ('quarantined', 'unknown_call', null, null);
			return;
		end if;
	else
		c := callward.take_call(f.user_id, f.call_id, assistant_id,
		    phone_number_id, caller_phone_number,
		    assistant_phone_number, case when vapi_call_id is null
		        then metadata end, at);
	end if;
	if c.id is null then
		f := ('quarantined', 'foreign_number', null, null);
		return;
	end if;
	bound := c.vapi_call_id;
	if bound is null then
		select s.vapi_call_id into bound from callward.sessions s
		where s.user_id = c.user_id and s.call_id = c.id;
		binds := found and bound is null
		    and event_type <> 'call.deleted';
		if not found and vapi_call_id is not null
		    and event_type <> 'call.deleted' then
			bound := callward.first_message(c, assistant_id,
			    phone_number_id, caller_phone_number,
			    metadata ->> 'seal', vapi_call_id);
		end if;
	end if;
	if bound <> vapi_call_id then
		f := ('quarantined', 'call_mismatch', null, null);
	end if;
end $$;

-- The call of a message under its owner, locked; f.verdict says why there is
-- none: a call that was deleted at Vapi and has no row, a number of somebody
-- else's, another call of Vapi's. Within the tenant's claims.
create or replace function callward.event_call(
	inout f callward.filing, event_type text, assistant_id uuid,
	phone_number_id uuid, caller_phone_number text,
	assistant_phone_number text, metadata jsonb, vapi_call_id text,
	at timestamptz, out c public.calls)
language plpgsql
as $$
begin
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
		    assistant_phone_number, metadata, at);
	end if;
	if c.id is null then
		f := ('quarantined', 'foreign_number', null, null);
	elsif c.vapi_call_id <> event_call.vapi_call_id then
		f := ('quarantined', 'call_mismatch', null, null);
	end if;
end $$;

-- Twilio's status callbacks: how a call went on, told apart from Vapi.

-- The one call of any tenant with this CallSid; none if there are several.
create function callward.call_of_call_sid(
	call_sid text, out user_id text, out call_id uuid)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	hit record;
begin
	for hit in
		select user_id as owner, id from public.calls
		where twilio_call_sid = call_of_call_sid.call_sid
	loop
		if call_of_call_sid.call_id is not null then
			call_of_call_sid.user_id := null;
			call_of_call_sid.call_id := null;
			return;
		end if;
		call_of_call_sid.user_id := hit.owner;
		call_of_call_sid.call_id := hit.id;
	end loop;
end $$;

-- Move a call on by what Twilio tells of its CallSid.
--
-- accepted, duplicate, stale   done, and noted in the inbox; stale without an
--                              owner: the CallSid was answered, but was never
--                              a tenant's call
-- quarantined                  nothing was written; reason says why:
--     unknown_call      this CallSid was never seen
--     call_sid_mismatch the call came from another number
--
-- A call that reached Vapi keeps Vapi's words for its end; one that did not
-- ends as 'twilio-' and Twilio's word.
create function callward.apply_status(
	call_sid text, sender text, status text, duration_seconds integer)
returns callward.filing
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	found_call record;
	f callward.filing;
	c public.calls;
	e public.calls;
	m callward.merge;
begin
	claims := set_config('request.jwt.claims', '', true);
	found_call := callward.call_of_call_sid(call_sid);
	if found_call.call_id is null then
		f.verdict := case when exists (select from callward.call_answers
		    where call_sid = apply_status.call_sid
		        and sender = apply_status.sender)
		    then 'stale' else 'quarantined' end;
		f.reason := case f.verdict when 'quarantined'
		    then 'unknown_call' end;
		return f;
	end if;
	claims := set_config('request.jwt.claims',
	    json_build_object('sub', found_call.user_id)::text, true);
	select * into c from public.calls
	where user_id = found_call.user_id and id = found_call.call_id
	for update;
	if c.caller_phone_number is distinct from sender then
		f := ('quarantined', 'call_sid_mismatch', null, null);
	else
		e.status := apply_status.status;
		e.duration_seconds := apply_status.duration_seconds;
		if callward.rank_of(e.status) = 5 then
			e.ended_at := now();
			if c.vapi_call_id is null then
				e.ended_reason := 'twilio-' || e.status;
			end if;
		end if;
		m := callward.merge_event(c, e, false);
		if m.changed then
			perform callward.store_call(m.call);
		end if;
		f := (m.verdict, m.reason, c.user_id, c.id);
		insert into callward.webhook_events (provider, event_type,
		    provider_call_id, twilio_call_sid, verdict, reason, user_id,
		    call_id)
		values ('twilio', 'status', c.vapi_call_id,
		    left(apply_status.call_sid, 64), f.verdict, f.reason,
		    f.user_id, f.call_id);
	end if;
	claims := set_config('request.jwt.claims', '', true);
	return f;
end $$;

do $$
begin
	grant create on schema callward to callward_writer, callward_resolver;
	revoke all on function callward.call_of_call_sid from public;
	grant execute on function callward.call_of_call_sid to callward_writer;
	alter function callward.call_of_call_sid owner to callward_resolver;
	revoke all on function callward.apply_status from public;
	grant execute on function callward.apply_status to callward_intake;
	alter function callward.apply_status owner to callward_writer;
	revoke create on schema callward from callward_writer, callward_resolver;
end $$;

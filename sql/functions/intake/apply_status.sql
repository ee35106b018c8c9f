-- Move a call on by what Twilio tells of its CallSid; received_at: when it
-- came, if that was before now.
--
-- accepted, duplicate, stale   done, and noted in the inbox; stale without an
--                              owner: the CallSid was answered, but was never
--                              a tenant's call
-- quarantined                  nothing was written; reason says why:
--     unknown_call      this CallSid was never seen
--     call_sid_mismatch the call came from another number; of two that are
--                       withheld neither is another
--
-- A call that reached Vapi keeps Vapi's words for its end; one that did not
-- ends as 'twilio-' and Twilio's word. Its seconds are those of the whole call
-- and kept beside the assistant's, which they stand for where none are told.
create or replace function callward.apply_status(
	call_sid text, sender text, status text, duration_seconds integer,
	received_at timestamptz default null)
returns callward.filing
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	at constant timestamptz := coalesce(received_at, now());
	found_call record;
	f callward.filing;
	bound text;
	c public.calls;
	e public.calls;
	m callward.merge;
begin
	claims := set_config('request.jwt.claims', '', true);
	found_call := callward.call_of_call_sid(call_sid);
	if found_call.call_id is null then
		f.verdict := case when exists (select from callward.call_answers
		    where call_sid = apply_status.call_sid
		        and callward.is_same_caller(sender,
		            apply_status.sender))
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
	bound := coalesce(c.vapi_call_id, (select vapi_call_id
	    from callward.sessions
	    where user_id = c.user_id and call_id = c.id));
	if not callward.is_same_caller(c.caller_phone_number, sender) then
		f := ('quarantined', 'call_sid_mismatch', null, null);
	else
		e.status := apply_status.status;
		e.duration_seconds := apply_status.duration_seconds;
		e.details := nullif(jsonb_strip_nulls(jsonb_build_object(
		    'call_seconds', e.duration_seconds)), '{}');
		if callward.rank_of(e.status) = 5 then
			e.ended_at := at;
			if bound is null then
				e.ended_reason := 'twilio-' || e.status;
			end if;
		end if;
		m := callward.merge_event(c, e, false, received_at);
		if m.changed then
			perform callward.store_call(m.call);
		end if;
		f := (m.verdict, m.reason, c.user_id, c.id);
		insert into callward.webhook_events (received_at, provider,
		    event_type, provider_call_id, twilio_call_sid, verdict,
		    reason, user_id, call_id)
		values (at, 'twilio', 'status', bound,
		    left(apply_status.call_sid, 64), f.verdict, f.reason,
		    f.user_id, f.call_id);
	end if;
	claims := set_config('request.jwt.claims', '', true);
	return f;
end $$;

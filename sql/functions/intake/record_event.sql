-- Keep a message that was not applied. The id is the caller's, so that the
-- same line sent again stays one. Bodies of calls that nobody knows are kept
-- of the first thousand such messages of a day (of UTC); those that arrive at
-- the same moment may not see each other. received_at: when it came, of one that
-- waited in a spool; its body is kept, because its sender was told so.
create or replace function callward.record_event(
	id uuid, provider text, event_type text, provider_call_id text,
	twilio_call_sid text, verdict text, reason text, details jsonb,
	body_sha256 bytea, body_bytes integer, body bytea,
	received_at timestamptz default null)
returns uuid
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	if body is not null and verdict = 'quarantined'
	    and reason in ('unknown_call', 'unsealed_metadata')
	    and received_at is null
	    and callward.many_unowned(1000) then
		body := null;
	end if;
	insert into callward.webhook_events (id, received_at, provider,
	    event_type,
	    provider_call_id, twilio_call_sid, verdict, reason, details,
	    body_sha256, body_bytes, body)
	values (record_event.id, coalesce(record_event.received_at, now()),
	    record_event.provider,
	    left(record_event.event_type, 64),
	    left(record_event.provider_call_id, 128),
	    left(record_event.twilio_call_sid, 64), record_event.verdict,
	    left(record_event.reason, 200), record_event.details,
	    record_event.body_sha256, record_event.body_bytes,
	    record_event.body)
	on conflict do nothing;
	return record_event.id;
end $$;

-- What came of a message of Vapi's, in the inbox: in the quarantined line that
-- has it, or else in one of its own.
create or replace function callward.note_event(
	line uuid, at timestamptz, f callward.filing, event_type text,
	vapi_call_id text, twilio_call_sid text, details jsonb,
	body_sha256 bytea, body_bytes integer)
returns void
language plpgsql
as $$
begin
	if line is not null then
		perform callward.accept_line(line, f, event_type, vapi_call_id,
		    twilio_call_sid, details);
	else
		insert into callward.webhook_events (received_at, provider,
		    event_type, provider_call_id, twilio_call_sid, verdict,
		    reason, user_id, call_id, details, body_sha256, body_bytes)
		values (at, 'vapi', left(event_type, 64),
		    left(vapi_call_id, 128), left(twilio_call_sid, 64),
		    f.verdict, f.reason, f.user_id, f.call_id, details,
		    body_sha256, body_bytes);
	end if;
end $$;

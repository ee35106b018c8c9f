-- A quarantined line has become a call's.
create or replace function callward.accept_line(
	line uuid, f callward.filing, event_type text, provider_call_id text,
	twilio_call_sid text, details jsonb)
returns void
language plpgsql
as $$
#variable_conflict use_column
begin
	update callward.webhook_events
	set verdict = 'accepted', reason = (accept_line.f).reason,
	    user_id = (accept_line.f).user_id,
	    call_id = (accept_line.f).call_id,
	    event_type = left(accept_line.event_type, 64),
	    provider_call_id = left(accept_line.provider_call_id, 128),
	    twilio_call_sid = left(accept_line.twilio_call_sid, 64),
	    details = coalesce(details, '{}')
	        || coalesce(accept_line.details, '{}')
	        || jsonb_build_object('quarantined_as', reason),
	    body = null, applied_at = now()
	where id = accept_line.line and verdict = 'quarantined';
end $$;

-- One line in the inbox for a call that got no row of its own. Its id is that
-- of the attempt, so that an attempt sent again leaves one line.
create or replace function callward.note_attempt(
	call_id uuid, call_sid text, verdict text, reason text, user_id text,
	details jsonb)
returns void
language sql
begin atomic
	insert into callward.webhook_events (id, provider, event_type,
	    twilio_call_sid, verdict, reason, user_id, details)
	values (note_attempt.call_id, 'twilio', 'voice',
	    left(note_attempt.call_sid, 64), note_attempt.verdict,
	    note_attempt.reason, note_attempt.user_id, note_attempt.details)
	on conflict do nothing;
end;

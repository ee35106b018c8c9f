-- What one end-of-call report asks of the database, for pgbench -M prepared as
-- callward_intake: the function alone, and which call is next.
-- Variables: transcript, messages, what a report was stored with; sha256.
select f.verdict, f.reason, f.user_id, f.call_id
from bench.calls c, callward.apply_event(c.user_id, c.id, c.assistant_id,
    c.phone_number_id, c.caller_phone_number, c.assistant_phone_number,
    c.metadata, c.vapi_call_id, null, 'end-of-call-report', 'completed',
    'customer-ended-call', '{"started_at": "2026-01-01T00:00:00.000Z",
    "ended_at": "2026-01-01T00:09:45.000Z", "duration_seconds": 585,
    "recording_url": "https://storage.example/mono.wav",
    "success_evaluation": "true", "cost_usd": 0.873100,
    "details": {"recording": "mono", "intent": "booking"}}',
    :transcript::text, :messages::text,
    'An appointment was asked for, and made.',
    '{"summary": "An appointment was asked for, and made.",
    "structuredData": {"intent": "booking"}, "successEvaluation": "true"}',
    '{"intent": "booking"}', decode(:sha256, 'hex'), 100000) f
where c.n = (select nextval('bench.next'));

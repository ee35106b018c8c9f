-- operator_quarantine_list: messages that belong to nobody, newest first
-- role: operator
-- caller: quarantine_list_run
-- params: none
-- columns: id uuid, received_at text, provider text, event_type text,
--   reason text, provider_call_id text, twilio_call_sid text,
--   body_bytes integer
select id, to_char(received_at at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS"Z"') as received_at,
    provider, event_type, reason, provider_call_id, twilio_call_sid,
    body_bytes
from callward.webhook_events
where verdict = 'quarantined'
order by webhook_events.received_at desc
limit 1000;

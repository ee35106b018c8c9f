-- operator_quarantine_list: messages that belong to nobody, newest first
-- role: operator
-- caller: quarantine_list_run
-- params: reason text?, vapi_call_id text?, since timestamptz?,
--   until timestamptz?
-- columns: id uuid, received_at text, provider text, event_type text,
--   reason text, provider_call_id text, twilio_call_sid text,
--   body_bytes integer
-- until is exclusive.
select id, to_char(received_at at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS"Z"') as received_at,
    provider, event_type, reason, provider_call_id, twilio_call_sid,
    body_bytes
from callward.webhook_events
where verdict = 'quarantined'
    and ({reason} is null or reason = {reason})
    and ({vapi_call_id} is null or provider_call_id = {vapi_call_id})
    and ({since} is null
        or webhook_events.received_at >= {since})
    and ({until} is null
        or webhook_events.received_at < {until})
order by webhook_events.received_at desc
limit 1000;

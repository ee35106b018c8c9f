-- operator_attempts: calls that were rejected of late, newest first
-- role: operator
-- caller: attempts
-- params: days integer
-- columns: at text, reason text, sender text, recipient text,
--   forwarded_from text, diversion text, read_forwarded_from text,
--   read_diversion text
-- The values as they were sent, and the numbers that were read from them.
select to_char(received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        as at,
    reason, details ->> 'from' as sender, details ->> 'to' as recipient,
    details ->> 'forwarded_from' as forwarded_from,
    details ->> 'diversion' as diversion,
    details -> 'read' ->> 'forwarded_from' as read_forwarded_from,
    details -> 'read' ->> 'diversion' as read_diversion
from callward.webhook_events
where verdict = 'rejected' and event_type = 'voice'
    and received_at > now() - make_interval(days => {days})
order by received_at desc, id
limit 1000;

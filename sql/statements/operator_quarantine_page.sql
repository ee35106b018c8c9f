-- operator_quarantine_page: quarantined messages to be applied, oldest first;
--   one that is asked for by its id also when it has been applied
-- role: operator
-- caller: read_page
-- params: id uuid?, reason text?, since timestamptz?, after timestamptz?,
--   after_id uuid?
-- columns: id uuid, received_at text, received_ms bigint, provider text,
--   event_type text, has_body boolean, is_applied boolean
-- after, after_id: received_at and id of the last line of the page before.
select id, received_at::text as received_at,
    floor(extract(epoch from received_at) * 1000)::bigint as received_ms,
    provider, event_type, body is not null as has_body,
    applied_at is not null as is_applied
from callward.webhook_events
where ({id} is null or id = {id})
    and ({reason} is null or reason = {reason})
    and ({since} is null or webhook_events.received_at >= {since})
    and ({after} is null
        or (webhook_events.received_at, id) > ({after}, {after_id}))
    and (verdict = 'quarantined'
        or {id} is not null and applied_at is not null)
order by webhook_events.received_at, id
limit 100;

-- operator_quarantine_page: quarantined messages to be applied, oldest first;
--   one that is asked for by its id also when it has been applied
-- role: operator
-- caller: read_page
-- params: id uuid, reason text, since timestamptz, each null for all;
--   after timestamptz, after_id uuid: the last line of the page before
-- columns: id uuid, received_at text (as in after), received_ms bigint,
--   provider text, event_type text, has_body boolean, is_applied boolean
select id, received_at::text,
    floor(extract(epoch from received_at) * 1000)::bigint, provider,
    event_type, body is not null, applied_at is not null
from callward.webhook_events
where ($1::uuid is null or id = $1::uuid)
    and ($2::text is null or reason = $2::text)
    and ($3::timestamptz is null or received_at >= $3::timestamptz)
    and ($4::timestamptz is null
        or (received_at, id) > ($4::timestamptz, $5::uuid))
    and (verdict = 'quarantined'
        or $1::uuid is not null and applied_at is not null)
order by received_at, id
limit 100;

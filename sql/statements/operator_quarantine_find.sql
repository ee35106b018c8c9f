-- operator_quarantine_find: the sealed body of one quarantined message
-- role: operator
-- caller: inbox_body
-- params: id uuid
-- columns: body text
-- In base64; null where none was kept.
select replace(encode(body, 'base64'), e'\n', '') as body
from callward.webhook_events
where id = {id} and verdict = 'quarantined';

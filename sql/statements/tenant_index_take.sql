-- tenant_index_take: some calls of one tenant that wait for their words
-- role: tenant
-- unproven: the function chooses the tenant
-- caller: indexer
-- params: after text?, most integer
-- columns: tenant text, token uuid, call_id uuid, content text, place text,
--   trouble text
select tenant, token, call_id, content, place, trouble
from callward.index_take({*});

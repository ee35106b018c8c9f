-- tenant_intent_list: the tenant's intents, oldest first
-- role: tenant
-- caller: api_resource_list
-- params: none
-- columns: answer json
select json_build_object('data',
    coalesce(json_agg(shown order by created_at, id), '[]')) as answer
from callward.shown_intents(null);

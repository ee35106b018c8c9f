-- tenant_intent_get: an intent of the tenant's
-- role: tenant
-- caller: api_resource_get
-- params: id uuid
-- columns: answer json
select shown as answer
from callward.shown_intents({id}) where id = {id};

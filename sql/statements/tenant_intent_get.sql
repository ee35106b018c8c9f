-- tenant_intent_get: an intent of the tenant's
-- role: tenant
-- caller: api_resource_get
-- params: id uuid
-- columns: shown json
select shown from callward.shown_intents($1::uuid) where id = $1::uuid;

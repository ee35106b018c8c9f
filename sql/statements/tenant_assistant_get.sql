-- tenant_assistant_get: an assistant of the tenant's
-- role: tenant
-- caller: api_resource_get
-- params: id uuid
-- columns: shown json
select shown from callward.shown_assistants($1::uuid) where id = $1::uuid;

-- tenant_hours_get: a row of working hours of the tenant's
-- role: tenant
-- caller: api_resource_get
-- params: id uuid
-- columns: shown json
select shown from callward.shown_hours($1::uuid) where id = $1::uuid;

-- tenant_test_get: a test of an assistant of the tenant's
-- role: tenant
-- caller: api_resource_get
-- params: id uuid
-- columns: shown json
select shown from callward.shown_tests($1::uuid) where id = $1::uuid;

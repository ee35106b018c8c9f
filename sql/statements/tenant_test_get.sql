-- tenant_test_get: a test of an assistant of the tenant's
-- role: tenant
-- caller: api_resource_get
-- params: id uuid
-- columns: answer json
select shown as answer
from callward.shown_tests({id}) where id = {id};

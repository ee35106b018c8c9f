-- tenant_number_get: a phone number of the tenant's
-- role: tenant
-- caller: api_resource_get
-- params: id uuid
-- columns: answer json
select shown as answer
from callward.shown_numbers({id}) where id = {id};

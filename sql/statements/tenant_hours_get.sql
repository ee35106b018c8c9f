-- tenant_hours_get: a row of working hours of the tenant's
-- role: tenant
-- caller: api_resource_get
-- params: id uuid
-- columns: answer json
select shown as answer
from callward.shown_hours({id}) where id = {id};

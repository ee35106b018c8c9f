-- tenant_hours_remove: one row of working hours of the tenant's
-- role: tenant
-- caller: api_resource_remove
-- params: id uuid
-- columns: outcome text, answer json
select outcome, answer from callward.remove_hours({id});

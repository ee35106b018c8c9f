-- tenant_number_remove: a phone number of the tenant's, given up
-- role: tenant
-- caller: api_resource_remove
-- params: id uuid
-- columns: outcome text, answer json
select outcome, answer from callward.remove_number({id});

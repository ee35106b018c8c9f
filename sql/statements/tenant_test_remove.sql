-- tenant_test_remove: one test of an assistant of the tenant's
-- role: tenant
-- caller: api_resource_remove
-- params: id uuid
-- columns: outcome text, answer json
select outcome, answer from callward.remove_test({id});

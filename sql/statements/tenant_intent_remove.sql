-- tenant_intent_remove: one intent of the tenant's
-- role: tenant
-- caller: api_resource_remove
-- params: id uuid
-- columns: outcome text, answer json
select outcome, answer from callward.remove_intent({id});

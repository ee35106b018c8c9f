-- tenant_assistant_remove: an assistant of the tenant's, and what pointed to it
-- role: tenant
-- caller: api_resource_remove
-- params: id uuid
-- columns: outcome text, answer json
select outcome, answer from callward.remove_assistant({id});

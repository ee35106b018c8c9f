-- tenant_assistant_add: an assistant more
-- role: tenant
-- caller: api_resource_create
-- params: body jsonb
-- columns: outcome text, answer json
select outcome, answer from callward.save_assistant(id => null,
    body => {body});

-- tenant_number_add: a phone number more
-- role: tenant
-- caller: api_resource_create
-- params: body jsonb
-- columns: outcome text, answer json
select outcome, answer from callward.save_number(id => null,
    body => {body});

-- tenant_hours_add: a row of working hours more
-- role: tenant
-- caller: api_resource_create
-- params: body jsonb
-- columns: outcome text, answer json
select outcome, answer from callward.save_hours(id => null,
    body => {body});

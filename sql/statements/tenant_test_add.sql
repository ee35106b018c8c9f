-- tenant_test_add: a test of an assistant more
-- role: tenant
-- caller: api_resource_create
-- params: body jsonb
-- columns: outcome text, answer json
select outcome, answer from callward.save_test(id => null,
    body => {body});

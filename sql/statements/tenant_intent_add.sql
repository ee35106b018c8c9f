-- tenant_intent_add: an intent more
-- role: tenant
-- caller: api_resource_create
-- params: body jsonb
-- columns: outcome text, answer json
select outcome, answer from callward.save_intent(id => null,
    body => {body});

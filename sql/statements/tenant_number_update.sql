-- tenant_number_update: a phone number, changed where the body says so
-- role: tenant
-- caller: api_resource_update
-- params: id uuid, body jsonb
-- columns: outcome text, answer json
select outcome, answer from callward.save_number({*});

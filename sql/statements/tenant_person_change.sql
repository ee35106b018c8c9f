-- tenant_person_change: the name that who asks goes by
-- role: tenant
-- caller: api_person_change
-- params: body jsonb
-- columns: outcome text, answer json
select outcome, answer from callward.change_person({body});

-- tenant_hours_replace: all working hours of the tenant, in place of what was
-- role: tenant
-- caller: api_hours_replace
-- params: hours jsonb
-- columns: outcome text, answer json
select outcome, answer from callward.replace_hours({hours});

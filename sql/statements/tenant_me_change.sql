-- tenant_me_change: set what the body names of the clinic's own settings
-- role: tenant
-- caller: api_me_change
-- params: body jsonb
-- columns: outcome text, answer json
select outcome, answer from callward.change_me({body});

-- tenant_trial_begin: a run of a test begins
-- role: tenant
-- caller: api_trial_run
-- params: id uuid
-- columns: outcome text, answer json
select outcome, answer from callward.tenant_trial_begin({id});

-- tenant_trial_finish: what became of a run of a test
-- role: tenant
-- caller: api_trial_run
-- params: id uuid, began timestamptz, heard jsonb
-- columns: ending text
select callward.tenant_trial_finish({*})
    as ending;

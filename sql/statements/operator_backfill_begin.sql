-- operator_backfill_begin: where a batch of a backfill goes on; '': it begins
-- role: operator
-- caller: run_batch
-- params: place text?
-- columns: place text
select pg_catalog.set_config('callward.backfill', coalesce({place}, ''),
    true) as place;

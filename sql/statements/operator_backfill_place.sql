-- operator_backfill_place: the place that a batch reached; null: all is done
-- role: operator
-- caller: run_batch
-- params: none
-- columns: place text
select nullif(pg_catalog.current_setting('callward.backfill', true), '') as place;

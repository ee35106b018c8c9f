-- operator_ledger_hold: the same lock, held for as long as the connection
-- role: operator
-- caller: ledger_lock
-- params: none
-- columns: taken boolean
select pg_catalog.pg_try_advisory_lock(1667329132, 2002874980) as taken;

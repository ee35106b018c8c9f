-- operator_ledger_lock: only one may migrate; held to the transaction's end
-- role: operator
-- caller: ledger_lock
-- params: none
-- columns: taken boolean
-- The two numbers are "call" and "ward" in ASCII: nobody else's by accident.
select pg_catalog.pg_try_advisory_xact_lock(1667329132, 2002874980) as taken;

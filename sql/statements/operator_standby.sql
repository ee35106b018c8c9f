-- operator_standby: is this a server that only follows another?
-- role: operator
-- caller: is_standby
-- params: none
-- columns: in_recovery boolean
select pg_catalog.pg_is_in_recovery() as in_recovery;

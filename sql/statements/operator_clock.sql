-- operator_clock: the time of the database's machine
-- role: operator
-- caller: check_clock
-- params: none
-- columns: ms bigint
select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms;

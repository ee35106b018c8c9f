-- operator_routes_wrong: how many routes are not what the numbers say
-- role: operator
-- caller: doctor_routes
-- params: none
-- columns: wrong bigint
select callward.wrong_routes() as wrong;

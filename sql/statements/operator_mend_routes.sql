-- operator_mend_routes: make the routes what the numbers say
-- role: operator
-- caller: mend_routes
-- params: none
-- columns: mended bigint
select callward.mend_routes() as mended;

-- intake_check: what keeps the promise from being kept on this connection
-- role: intake
-- caller: db_lane, at each connect
-- params: schema_version integer
-- columns: name text, problem text, remedy text
select name, problem, remedy from callward.self_check({schema_version});

-- tenant_check: what keeps the promise from being kept on this connection
-- role: tenant
-- unproven: asked of no tenant
-- caller: db_pool, at each connect
-- params: schema_version integer
-- columns: name text, problem text, remedy text
select name, problem, remedy from callward.self_check({schema_version});

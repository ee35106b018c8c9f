-- tenant_set: whose request this transaction is, and whether it may write
-- role: tenant
-- unproven: it is what the others are proven by
-- caller: db_pool_run
-- params: claims text, read_only text
-- columns: claims text, read_only text
select set_config('request.jwt.claims', {claims}, true) as claims,
    set_config('transaction_read_only', {read_only}, true) as read_only;

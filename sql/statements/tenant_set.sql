-- tenant_set: whose request this transaction is (a null tenant: nobody's), and
--   whether it may write; where the database is a standby it never does
-- role: tenant
-- unproven: it is what the others are proven by
-- caller: db_pool_run
-- params: claims text, read_only text
-- columns: tenant text, read_only text, standby boolean
select callward.tenant_enter({claims}) as tenant,
    set_config('transaction_read_only', case when pg_is_in_recovery()
	then 'on' else {read_only} end, true) as read_only,
    pg_is_in_recovery() as standby;

-- tenant_set: whose request this transaction is (a null tenant: nobody's), and
--   whether it may write; where the database is a standby it never does
-- role: tenant
-- unproven: it is what the others are proven by
-- caller: db_pool_run
-- params: claims text, read_only text, before text?
-- columns: tenant text, read_only text, standby boolean, moved boolean
-- before: the tenant of the request's transactions so far. Where the login
-- leads to another one by now, nothing behind this runs.
select e.tenant,
    set_config('transaction_read_only', case when pg_is_in_recovery()
	then 'on' else {read_only} end, true) as read_only,
    pg_is_in_recovery() as standby,
    case when e.tenant <> {before}
	then set_config('request.jwt.claims', '', true) = ''
	else false end as moved
from (select callward.tenant_enter({claims}) as tenant) e;

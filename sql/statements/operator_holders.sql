-- operator_holders: who else holds the lock of migrations (ledger), or locks of
--     Callward's tables and functions; null: nobody
-- role: operator
-- caller: lock_holders
-- params: ledger boolean
-- columns: holders text
select string_agg(format('pid %s, login %s', pid, login), '; ' order by pid)
    as holders
from (
	select distinct l.pid, coalesce(a.usename, 'unknown') as login
	from pg_catalog.pg_locks l
	left join pg_catalog.pg_stat_activity a on a.pid = l.pid
	where l.granted and l.pid <> pg_catalog.pg_backend_pid()
	    and l.database = (select oid from pg_catalog.pg_database
	        where datname = current_database())
	    and case when {ledger} then l.locktype = 'advisory'
	            and l.classid = 1667329132 and l.objid = 2002874980
	        else l.relation in (select c.oid from pg_catalog.pg_class c
	            where pg_catalog.pg_get_userbyid(c.relowner)
	                = 'callward_owner') end
	order by 1
	limit 5
) h;

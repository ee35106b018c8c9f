-- What a table's key has beside the tenant.
create or replace function callward.audit_key(tab regclass) returns text
language sql stable
begin atomic
	select coalesce((select quote_ident(a.attname)
	    from pg_catalog.pg_index i
	    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid
	        and a.attnum = any (i.indkey::int2[]) and a.attname <> 'user_id'
	    where i.indrelid = tab and i.indisprimary
	    limit 1), 'id');
end;

-- "(columns) values (values)" of a row of this tenant: what must be given,
-- and a number that nobody can have (no country is +999). What has to point to
-- a row points to one of the tenant's.
create or replace function callward.audit_row(
	tab regclass, tenant text, nth integer, more text, given text)
returns text
language sql stable
begin atomic
	select format('(%s%s) values (%s%s)',
	    pg_catalog.string_agg(quote_ident(a.attname), ', '
	        order by a.attnum), ', ' || more,
	    pg_catalog.string_agg(case
	        when a.attname = 'user_id' then quote_literal(tenant)
	        when a.attname = 'phone_number'
	            then quote_literal('+9990000000' || nth)
	        when k.confrelid is not null
	            then quote_literal(callward.audit_id(k.confrelid, tenant))
	        when t.typname = 'uuid' then 'gen_random_uuid()'
	        when t.typname in ('json', 'jsonb') then quote_literal('{}')
	        when t.typcategory = 'S' then quote_literal('x')
	        when t.typcategory = 'N' then '1'
	        when t.typcategory = 'B' then 'false'
	        when t.typcategory = 'D' then 'now()'
	        else 'null' end, ', ' order by a.attnum), ', ' || given)
	from pg_catalog.pg_attribute a
	join pg_catalog.pg_type t on t.oid = a.atttypid
	left join pg_catalog.pg_constraint k on k.conrelid = tab
	    and k.contype = 'f' and a.attname <> 'user_id'
	    and a.attnum = any (k.conkey)
	where a.attrelid = tab and a.attnum > 0 and not a.attisdropped
	    and a.attidentity = '' and a.attgenerated = ''
	    and (a.attname in ('user_id', 'phone_number')
	        or a.attnotnull and not a.atthasdef)
	    and quote_ident(a.attname) is distinct from more;
end;

-- The statements of a table's cells: what the tenant me may do there as a
-- control (null where there is none), and what must not touch a row of
-- other's. Where nobody is set, me is null.
create or replace function callward.audit_statements(
	role name, tab regclass, me text, other text, command text,
	out control text, out attacks text[])
language plpgsql
as $$
#variable_conflict use_column
declare
	col text := (select quote_ident(a.attname)
	    from pg_catalog.pg_attribute a
	    where a.attrelid = audit_statements.tab and a.attnum > 0
	        and not a.attisdropped and pg_catalog.has_column_privilege(
	            audit_statements.role, audit_statements.tab, a.attnum,
	            'update')
	    order by a.attname = 'user_id', a.attnum limit 1);
	key text := callward.audit_key(tab);
	with_id boolean := exists (select from pg_catalog.pg_attribute a
	    where a.attrelid = audit_statements.tab
	        and quote_ident(a.attname) = key
	        and pg_catalog.has_column_privilege(audit_statements.role,
	            audit_statements.tab, a.attnum, 'insert'));
	again text;
begin
	col := coalesce(col, 'user_id');
	case command
	when 'select' then
		attacks := array[format('select from %s where user_id <> %L'
		    ' limit 1', tab, coalesce(me, ''))];
		if me is null then
			attacks := attacks || format('select from %s limit 1', tab);
		end if;
		control := format('select from %s where user_id = %L limit 1',
		    tab, me);
	when 'insert' then
		attacks := array[format('insert into %s %s', tab,
		    callward.audit_row(tab, other, 3, null, null))];
		control := format('insert into %s %s', tab,
		    callward.audit_row(tab, me, 3, null, null));
	when 'update' then
		attacks := array[
		    format('update %s set %s = %2$s where user_id = %L', tab, col,
		        other),
		    format('update %s set user_id = %L where user_id = %L', tab,
		        other, coalesce(me, other))];
		control := format('update %s set %s = %2$s where user_id = %L',
		    tab, col, me);
	when 'delete' then
		attacks := array[format('delete from %s where user_id = %L', tab,
		    other)];
		control := format('delete from %s where user_id = %L', tab, me);
	when 'upsert' then
		again := format(' on conflict (user_id, %s) do update'
		    ' set %s = excluded.%2$s', key, col);
		attacks := array[format('insert into %s %s%s', tab,
		    callward.audit_row(tab, other, 3, case when with_id
		        then key end, case when with_id then quote_literal(
		        callward.audit_id(tab, other)) end), again)];
		control := format('insert into %s %s%s', tab,
		    callward.audit_row(tab, me, 3, null, null), again);
	when 'refer' then
		select r.control, r.attacks into control, attacks
		from callward.audit_references(tab, me, other) r;
	when 'truncate' then
		attacks := array[format('truncate %s', tab)];
	end case;
end $$;

-- The statements of a table that refer to other tables' rows: to rows of me as
-- a control, to rows of other as attacks.
create or replace function callward.audit_references(
	tab regclass, me text, other text,
	out control text, out attacks text[])
language plpgsql
as $$
#variable_conflict use_column
declare
	key record;
begin
	attacks := '{}';
	for key in
		select quote_ident(a.attname) as name,
		    k.confrelid::regclass as target
		from pg_catalog.pg_constraint k
		join pg_catalog.pg_attribute a on a.attrelid = k.conrelid
		    and a.attnum = k.conkey[array_upper(k.conkey, 1)]
		where k.conrelid = audit_references.tab and k.contype = 'f'
		    and k.confrelid in (select callward.audited_tables())
		order by k.conname
	loop
		attacks := attacks || format('insert into %s %s', tab,
		    callward.audit_row(tab, coalesce(me, other), 3, key.name,
		    quote_literal(callward.audit_id(key.target, other))));
		control := format('insert into %s %s', tab,
		    callward.audit_row(tab, me, 3, key.name,
		    quote_literal(callward.audit_id(key.target, me))));
	end loop;
end $$;

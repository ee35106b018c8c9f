-- With nobody set, no tenant's row may be seen.
--
-- execute: callward_intake
create or replace function callward.reading_problems()
returns table (name text, problem text, remedy text)
language plpgsql
as $$
declare
	claims text := set_config('request.jwt.claims', '', true);
	t regclass;
	seen boolean;
begin
	for t in select callward.tenant_tables() loop
		continue when not has_any_column_privilege(t, 'select');
		execute format('select exists (select from %s)', t) into seen;
		if seen then
			return query select 'reading',
			    'rows of ' || t::text || ' show without a tenant',
			    'run callward migrate --again; see doc/ownership.md';
		end if;
	end loop;
end $$;

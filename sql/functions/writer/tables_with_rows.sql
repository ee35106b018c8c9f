-- The tables in which the tenant has rows, without those that are derived from
-- others and the names of people.
create or replace function callward.tables_with_rows() returns setof text
language plpgsql
as $$
declare
	tab regclass;
	found boolean;
begin
	for tab in select callward.tenant_tables() loop
		continue when tab in ('public.call_days'::regclass,
		    'public.clinic_people'::regclass,
		    'public.prepared_settings'::regclass);
		execute format('select exists (select from %s'
		    ' where user_id = (select callward.current_user_id()))', tab)
		into found;
		if found then
			return next tab::text;
		end if;
	end loop;
end $$;

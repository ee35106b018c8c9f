-- Tables that decide about calls and do not agree with what they are derived
-- from.
create or replace function callward.audit_derived()
returns table (tab regclass, problem text)
language sql
begin atomic
	select 'callward.routes'::regclass, n
	    || ' routes do not match the numbers'
	from callward.wrong_routes() n where n > 0
	union all
	select 'public.prepared_settings'::regclass, n
	    || ' rows do not match the clinics'' settings'
	from callward.wrong_settings(false) n where n > 0;
end;

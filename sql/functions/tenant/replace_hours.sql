-- All hours of the tenant at once, or none.
create or replace function callward.replace_hours(hours jsonb)
returns callward.written
language plpgsql
as $$
declare
	bad json;
begin
	perform callward.lock_tenant();
	select json_agg(complaint || jsonb_build_object('field',
	    format('data[%s].%s', nth, complaint ->> 'field')) order by nth)
	into bad
	from callward.hours_complaints(hours);
	if bad is not null then
		return callward.answered('refused', bad);
	end if;
	delete from public.working_hours
	where user_id = callward.current_user_id();
	perform callward.add_hours(hours);
	return callward.answered('ok', callward.hours_list());
end $$;

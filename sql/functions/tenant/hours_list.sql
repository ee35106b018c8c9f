create or replace function callward.hours_list() returns json
language plpgsql stable
as $$
begin
	return json_build_object(
	    'data', (select coalesce(json_agg(shown order by place), '[]')
	        from callward.shown_hours(null)),
	    'open_now', callward.is_open(callward.current_user_id(), null,
	        now()),
	    'timezone', callward.clinic_zone(callward.current_user_id()));
end $$;

-- Rows of hours that were found good; their ids.
create or replace function callward.add_hours(hours jsonb) returns setof uuid
language plpgsql
as $$
begin
	return query
	insert into public.working_hours as h (phone_number_id, day_of_week,
	    open_time, close_time, is_closed, specific_date, date_end, reason)
	select phone_number_id, day_of_week, open_time, close_time,
	    coalesce(is_closed, false), specific_date, date_end, reason
	from jsonb_to_recordset(hours) as r (phone_number_id uuid,
	    day_of_week integer, open_time time, close_time time,
	    is_closed boolean, specific_date date, date_end date, reason text)
	returning h.id;
end $$;

-- Working hours as a clinic sets them: row by row, or all at once. What they
-- mean for a call is callward.is_open.
create or replace function callward.shown_hours(one uuid)
returns table (id uuid, place bigint, shown json)
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return query
	select h.id, row_number() over (order by h.phone_number_id nulls first,
	        h.specific_date nulls first, h.day_of_week, h.open_time, h.id),
	    json_build_object('id', h.id,
	    'phone_number_id', h.phone_number_id,
	    'day_of_week', h.day_of_week,
	    'open_time', left(h.open_time::text, 5),
	    'close_time', left(h.close_time::text, 5),
	    'is_closed', h.is_closed, 'specific_date', h.specific_date,
	    'date_end', h.date_end, 'reason', h.reason,
	    'created_at', h.created_at, 'updated_at', h.updated_at)
	from public.working_hours h
	where h.user_id = (select callward.current_user_id())
	    and (one is null or h.id = one);
end $$;

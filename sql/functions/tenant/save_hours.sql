create or replace function callward.save_hours(id uuid, body jsonb)
returns callward.written
language plpgsql
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	saved uuid := save_hours.id;
	wanted jsonb := '{}';
	others jsonb;
	bad json;
begin
	perform callward.lock_tenant();
	select jsonb_agg(shown) filter (where s.id is distinct from saved),
	    coalesce(jsonb_agg(shown) filter (where s.id = saved) -> 0, '{}')
	into others, wanted from callward.shown_hours(null) s;
	others := coalesce(others, '[]');
	if saved is not null and wanted = '{}' then
		return callward.answered('absent');
	elsif saved is null and jsonb_array_length(others) >= 500 then
		return callward.at_most(500, 'too_many_hours');
	end if;
	-- Who closes a day need not take its times away as well.
	if (body ->> 'is_closed')::boolean then
		wanted := wanted - 'open_time' - 'close_time';
	end if;
	wanted := wanted || body;
	select json_agg(complaint) into bad
	from callward.hours_complaints(others || wanted)
	where nth = jsonb_array_length(others);
	if bad is not null then
		return callward.answered('refused', bad);
	end if;

	if saved is null then
		select callward.add_hours(jsonb_build_array(wanted)) into saved;
	else
		update public.working_hours h
		set phone_number_id = w.phone_number_id,
		    day_of_week = w.day_of_week, open_time = w.open_time,
		    close_time = w.close_time,
		    is_closed = coalesce(w.is_closed, false),
		    specific_date = w.specific_date, date_end = w.date_end,
		    reason = w.reason
		from jsonb_to_record(wanted) as w (phone_number_id uuid,
		    day_of_week integer, open_time time, close_time time,
		    is_closed boolean, specific_date date, date_end date,
		    reason text)
		where h.user_id = me and h.id = saved;
	end if;
	return callward.answered('ok',
	    (select shown from callward.shown_hours(saved)));
end $$;

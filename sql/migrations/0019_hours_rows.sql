-- Working hours as a clinic sets them, by the rules of 0016: row by row, or all
-- at once. What they mean for a call is callward.is_open (0014).

create function callward.shown_hours(one uuid)
returns table (id uuid, place bigint, shown json)
language plpgsql stable set search_path = ''
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

create function callward.hours_list() returns json
language plpgsql stable set search_path = ''
as $$
begin
	return json_build_object(
	    'data', (select coalesce(json_agg(shown order by place), '[]')
	        from callward.shown_hours(null)),
	    'open_now', callward.is_open(callward.current_user_id(), null,
	        now()),
	    'timezone', callward.clinic_zone(callward.current_user_id()));
end $$;

-- What is wrong with a set of hours: each in itself, and with an earlier one
-- of the set. nth counts from 0.
create function callward.hours_complaints(hours jsonb)
returns table (nth integer, field text, message text)
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
	with given as (
		select (o.nth - 1)::integer as nth, r.*
		from jsonb_array_elements(hours) with ordinality
		        as o (one, nth),
		    jsonb_to_record(o.one) as r (phone_number_id uuid,
		        day_of_week integer, open_time time, close_time time,
		        is_closed boolean, specific_date date, date_end date)
	), spans as (
		select nth, phone_number_id, day_of_week,
		    specific_date as first,
		    coalesce(date_end, specific_date) as last,
		    coalesce(is_closed, false) as closed,
		    coalesce(open_time, '00:00') as opens,
		    coalesce(close_time, '24:00') as closes
		from given
	), clashes as (
		select distinct on (b.nth) b.nth, b.day_of_week, a.opens,
		    a.closes, a.closed, b.closed as closing
		from spans a join spans b on a.nth < b.nth
		    and a.phone_number_id is not distinct from b.phone_number_id
		    and (a.day_of_week = b.day_of_week
		        or a.first <= b.last and b.first <= a.last)
		    and a.opens < b.closes and b.opens < a.closes
		order by b.nth, a.nth
	)
	select nth, case when closed or closing then case
	        when day_of_week is null then 'specific_date'
	        else 'day_of_week' end else 'open_time' end,
	    case when closed and closing then 'is closed already'
	        when closed or closing then 'cannot be closed and have hours'
	        else format('overlaps the hours from %s to %s',
	            left(opens::text, 5), left(closes::text, 5)) end
	from clashes
	union all
	select nth, 'day_of_week', 'is required, unless a date is given'
	from given where day_of_week is null and specific_date is null
	union all
	select nth, 'specific_date',
	    'cannot be given together with a day of the week'
	from given where day_of_week is not null and specific_date is not null
	union all
	select nth, 'date_end', case
	    when specific_date is null then 'needs a first day'
	    when date_end < specific_date
	        then 'must not be before the first day'
	    else 'must be within a year of the first day' end
	from given
	where date_end is not null
	    and not coalesce(date_end - specific_date between 0 and 366, false)
	union all
	select nth, t.field, case when is_closed
	    then 'is not given where it is closed' else 'is required' end
	from given, lateral (values ('open_time', open_time),
	    ('close_time', close_time)) as t (field, told)
	where coalesce(is_closed, false) = (told is not null)
	union all
	select nth, 'close_time', 'must be after the time of opening; what '
	    || 'goes past midnight is two rows, to 24:00 and from 00:00'
	from given
	where close_time <= open_time and not coalesce(is_closed, false)
	union all
	select nth, 'phone_number_id', 'is not one of your numbers'
	from given
	where phone_number_id is not null and not exists (
	    select from public.phone_numbers n
	    where n.user_id = (select callward.current_user_id())
	        and n.id = given.phone_number_id and n.status <> 'released');
end $$;

create function callward.save_hours(id uuid, body jsonb)
returns callward.written
language plpgsql set search_path = ''
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
		return callward.at_most(500, 'rows of hours');
	end if;
	-- Who closes a day need not take its times away as well.
	if (body ->> 'is_closed')::boolean then
		wanted := wanted - 'open_time' - 'close_time';
	end if;
	wanted := wanted || body;
	select json_agg(json_build_object('field', field, 'message', message))
	into bad
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

-- Rows of hours that were found good; their ids.
create function callward.add_hours(hours jsonb) returns setof uuid
language plpgsql set search_path = ''
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

-- All hours of the tenant at once, or none.
create function callward.replace_hours(hours jsonb) returns callward.written
language plpgsql set search_path = ''
as $$
declare
	bad json;
begin
	perform callward.lock_tenant();
	select json_agg(json_build_object('field',
	    format('data[%s].%s', nth, field), 'message', message) order by nth)
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

do $$
declare
	f regprocedure;
begin
	for f in select oid from pg_proc
	    where pronamespace = 'callward'::regnamespace
	        and proname in ('shown_hours', 'hours_list',
	            'hours_complaints', 'save_hours', 'add_hours',
	            'replace_hours')
	loop
		execute format('revoke all on function %s from public', f);
		execute format('grant execute on function %s to'
		    ' callward_tenant', f);
		execute format('alter function %s owner to callward_owner', f);
	end loop;
end $$;

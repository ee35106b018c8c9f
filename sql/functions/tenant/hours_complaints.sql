-- What is wrong with a set of hours: each in itself, and with an earlier one
-- of the set. nth counts from 0.
create or replace function callward.hours_complaints(hours jsonb)
returns table (nth integer, complaint jsonb)
language plpgsql stable
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
		select distinct on (b.nth) b.nth, a.opens,
		    a.closes, a.closed, b.closed as closing,
	    case when b.day_of_week is null then 'specific_date'
	        else 'day_of_week' end as day
		from spans a join spans b on a.nth < b.nth
		    and a.phone_number_id is not distinct from b.phone_number_id
		    and (a.day_of_week = b.day_of_week
		        or a.first <= b.last and b.first <= a.last)
		    and a.opens < b.closes and b.opens < a.closes
		order by b.nth, a.nth
	)
	select nth, case
	    when closed and closing
	        then callward.complaint(day, 'closed_already')
	    when closed or closing
	        then callward.complaint(day, 'closed_with_hours')
	    else callward.complaint('open_time', 'overlaps',
	        jsonb_build_object('from', left(opens::text, 5),
	            'to', left(closes::text, 5))) end
	from clashes
	union all
	select nth, callward.complaint('day_of_week', 'no_day')
	from given where day_of_week is null and specific_date is null
	union all
	select nth, callward.complaint('specific_date', 'day_and_date')
	from given where day_of_week is not null and specific_date is not null
	union all
	select nth, case
	    when specific_date is null
	        then callward.complaint('date_end', 'no_first_day')
	    when date_end < specific_date
	        then callward.complaint('date_end', 'ends_before_first_day')
	    else callward.complaint('date_end', 'ends_too_late') end
	from given
	where date_end is not null
	    and not coalesce(date_end - specific_date between 0 and 366, false)
	union all
	select nth, case when is_closed
	    then callward.complaint(t.field, 'time_while_closed')
	    else callward.complaint(t.field, 'required') end
	from given, lateral (values ('open_time', open_time),
	    ('close_time', close_time)) as t (field, told)
	where coalesce(is_closed, false) = (told is not null)
	union all
	select nth, callward.complaint('close_time', 'closes_before_opening')
	from given
	where close_time <= open_time and not coalesce(is_closed, false)
	union all
	select nth, callward.complaint('phone_number_id', 'unknown_number')
	from given
	where phone_number_id is not null and not exists (
	    select from public.phone_numbers n
	    where n.user_id = (select callward.current_user_id())
	        and n.id = given.phone_number_id and n.status <> 'released');
end $$;

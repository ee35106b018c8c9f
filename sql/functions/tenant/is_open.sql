-- Is this number's clinic open at that moment, by the wall clock of its zone?
--
-- The first of these that has a row says it: special days of the number,
-- special days of all numbers, the week of the number, the week of all
-- numbers. A special row counts on its days alone; a week that has a row says
-- all of the week. Nothing says anything: open. An hour that a change of
-- clocks brings twice is open both times.
--
-- An interval holds its beginning and not its end; a row without times is the
-- whole day; closed beats an interval of the same kind.
--
-- execute: callward_writer
create or replace function callward.is_open(
	user_id text, phone_number_id uuid, at timestamptz)
returns boolean
language plpgsql stable
as $$
#variable_conflict use_column
declare
	clock constant timestamp :=
	    is_open.at at time zone callward.clinic_zone(user_id);
	today constant date := clock::date;
	answer boolean;
begin
	select not bool_or(is_closed and applies)
	    and bool_or(applies
	        and clock::time >= coalesce(open_time, '00:00')
	        and clock::time < coalesce(close_time, '24:00'))
	into answer
	from (
		select is_closed, open_time, close_time,
		    specific_date is not null
		        or day_of_week = extract(dow from today) as applies,
		    rank() over (order by specific_date is null,
		        phone_number_id is null) as place
		from public.working_hours
		where user_id = is_open.user_id
		    and (phone_number_id is null
		        or phone_number_id = is_open.phone_number_id)
		    and (day_of_week is not null or today between specific_date
		        and coalesce(date_end, specific_date))
	) h
	where place = 1;
	return coalesce(answer, true);
end $$;

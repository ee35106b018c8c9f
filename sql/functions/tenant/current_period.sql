-- The period of a plan that holds this moment. The newest subscription says
-- its begin and end; when the end has passed and nobody renewed it, it goes on
-- month by month from there, by the clinic's wall clock, so that a clinic is
-- neither cut off nor served without end because somebody forgot. So are the
-- months before a period that is still to come. Without either it is the
-- calendar month of the clinic's zone. A month begins at the first instant of
-- its clock's time; the begin and the end that the subscription says stand as
-- they are.
--
-- execute: callward_writer
create or replace function callward.current_period(
	user_id text, at timestamptz,
	out period_start timestamptz, out period_end timestamptz)
language plpgsql stable
as $$
#variable_conflict use_column
declare
	zone constant text := callward.clinic_zone(user_id);
	clock constant timestamp := current_period.at at time zone zone;
	-- a month begins here, and in every other month
	base timestamptz;
	turn timestamp;
	months integer;
begin
	select current_period_start, current_period_end
	into period_start, period_end
	from public.subscriptions
	where user_id = current_period.user_id
	order by created_at desc, id desc
	limit 1;
	if period_end > current_period.at then
		period_start := coalesce(period_start, callward.first_instant(
		    (period_end at time zone zone) - interval '1 month', zone));
		if period_start <= current_period.at then
			return;
		end if;
	end if;
	base := coalesce(period_end, period_start, callward.day_start(
	    date_trunc('month', clock)::date, zone));
	turn := base at time zone zone;
	-- a day whose midnight is left out begins later, and the others do not
	if callward.day_start(turn::date, zone) = base then
		turn := turn::date;
	end if;
	months := 12 * (extract(year from clock) - extract(year from turn))
	    + extract(month from clock) - extract(month from turn) - 2;
	loop
		period_start := period_end;
		period_end := case months when 0 then base
		    else callward.first_instant(
		        turn + make_interval(months => months), zone) end;
		exit when period_end > current_period.at;
		months := months + 1;
	end loop;
end $$;

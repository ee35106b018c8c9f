-- The period of a plan that holds this moment. The newest subscription says
-- its begin and end; when the end has passed and nobody renewed it, it goes on
-- month by month from there, by the clinic's wall clock, so that a clinic is
-- neither cut off nor served without end because somebody forgot. So are the
-- months before a period that is still to come. Without either it is the
-- calendar month of the clinic's zone.
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
		period_start := coalesce(period_start, ((period_end
		    at time zone zone) - interval '1 month') at time zone zone);
		if period_start <= current_period.at then
			return;
		end if;
	end if;
	turn := coalesce(period_end at time zone zone,
	    period_start at time zone zone, date_trunc('month', clock));
	months := 12 * (extract(year from clock) - extract(year from turn))
	    + extract(month from clock) - extract(month from turn);
	if turn + make_interval(months => months) > clock then
		months := months - 1;
	end if;
	period_start := (turn + make_interval(months => months))
	    at time zone zone;
	period_end := (turn + make_interval(months => months + 1))
	    at time zone zone;
end $$;

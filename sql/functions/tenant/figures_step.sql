-- The parts in which calls are counted: hours, where the zone's clock is whole
-- hours away from UTC's on all of these days.
create or replace function callward.figures_step(
	zone text, since timestamptz, until timestamptz)
returns interval
language plpgsql stable
as $$
begin
	return case when exists (
	    select from generate_series(since, until + interval '1 day',
	        interval '1 day') d
	    where extract(minute from (d at time zone zone)
	        - (d at time zone 'UTC')) <> 0)
	    then '15 minutes' else '1 hour' end;
end $$;

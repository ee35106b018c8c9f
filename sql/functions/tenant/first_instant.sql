-- The first instant at which the zone's clock shows this time, or a later one
-- where it leaves this one out.
--
-- execute: callward_writer
create or replace function callward.first_instant(shown timestamp, zone text)
returns timestamptz
language plpgsql stable strict parallel safe
as $$
declare
	-- of a time that comes twice the second; of one that is left out what
	-- the clock before would have made of it
	found timestamptz := shown at time zone zone;
	eve constant timestamptz := found - interval '24 hours';
	-- the same time by the clock of the day before
	earlier constant timestamptz := (shown - (eve at time zone zone
	    - eve at time zone 'UTC')) at time zone 'UTC';
	below timestamptz;
	middle timestamptz;
begin
	if earlier < found and earlier at time zone zone >= shown then
		found := earlier;
	end if;
	-- the clock was put forward a while before: to when?
	if (found - interval '1 second') at time zone zone >= shown then
		below := found - interval '24 hours';
		while found - below > interval '1 second' loop
			middle := date_trunc('second',
			    below + (found - below) / 2);
			if middle at time zone zone >= shown then
				found := middle;
			else
				below := middle;
			end if;
		end loop;
	end if;
	return found;
end $$;

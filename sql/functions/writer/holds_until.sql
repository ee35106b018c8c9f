-- Until when the answer of is_open at that moment is valid: until the next
-- opening or closing time of the number by the wall clock, or the end of the
-- local day; for ever, if the number has no hours. If the clock changes before
-- that, until the next minute, when it is looked at again.
create or replace function callward.holds_until(
	user_id text, phone_number_id uuid, at timestamptz)
returns timestamptz
language plpgsql stable
as $$
#variable_conflict use_column
declare
	zone text;
	clock timestamp;
	turn interval;
	until timestamptz;
begin
	if not exists (select from public.working_hours
	    where user_id = holds_until.user_id
	        and (phone_number_id is null
	            or phone_number_id = holds_until.phone_number_id)) then
		return 'infinity';
	end if;
	zone := callward.clinic_zone(user_id);
	clock := holds_until.at at time zone zone;
	select min(t) into turn from (
	    select interval '24 hours' as t
	    union all
	    select unnest(array[open_time, close_time])::interval
	    from public.working_hours
	    where user_id = holds_until.user_id
	        and (phone_number_id is null
	            or phone_number_id = holds_until.phone_number_id)) turns
	where t > clock::time::interval;
	until := holds_until.at + (turn - clock::time::interval);
	if until at time zone zone <> clock::date + turn then
		until := least(until, date_trunc('minute', holds_until.at)
		    + interval '1 minute');
	end if;
	return until;
end $$;

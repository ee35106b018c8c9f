-- The counted days from since on, as far as they follow on each other.
--
-- execute: callward_writer
create or replace function callward.counted(
	user_id text, since timestamptz, until timestamptz,
	out starts timestamptz, out ends timestamptz, out calls bigint,
	out used_seconds bigint)
language plpgsql stable
as $$
#variable_conflict use_column
declare
	first constant date := ((since + interval '1 day'
	    - interval '1 microsecond') at time zone 'UTC')::date;
	days integer;
begin
	select count(*), coalesce(sum(d.calls), 0),
	    coalesce(sum(d.used_seconds), 0)
	into days, calls, used_seconds
	from (
		select *, row_number() over (order by day) as nth
		from public.call_days
		where user_id = counted.user_id and day >= first
		    and day < (until at time zone 'UTC')::date and not is_stale
	) d
	where d.day = first + d.nth::integer - 1;
	starts := first::timestamp at time zone 'UTC';
	ends := (first + days)::timestamp at time zone 'UTC';
	if days = 0 then
		starts := until;
		ends := until;
	end if;
end $$;

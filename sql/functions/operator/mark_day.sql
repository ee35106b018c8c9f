-- The day of a call has to be counted anew. Whoever counts it at this moment
-- is waited for; others who mark it are not, since late reports come by the
-- thousand after an outage. Today is not counted yet, and not marked: what
-- arrives now writes nothing here.
--
-- execute: callward_writer
create or replace function callward.mark_day(user_id text, at timestamptz)
returns void
language plpgsql
as $$
#variable_conflict use_column
declare
	its_day constant date := (mark_day.at at time zone 'UTC')::date;
begin
	if mark_day.at >= date_trunc('day', now(), 'UTC') then
		return;
	end if;
	perform from public.call_days
	where user_id = mark_day.user_id and day = its_day and is_stale
	for share;
	if not found then
		insert into public.call_days as d (user_id, day)
		values (mark_day.user_id, its_day)
		on conflict on constraint call_days_one
		do update set is_stale = true where not d.is_stale;
	end if;
end $$;

-- Count the tenant's days from since to until (exclusive) that are over and
-- not counted, the oldest first, as long as few calls were looked at, since
-- who changes a call of these days waits meanwhile. Returns the first that is
-- left; null: none.
--
-- execute: callward_tenant
create or replace function callward.tenant_count_days(since date, until date)
returns date
language plpgsql
as $$
#variable_conflict use_column
declare
	most constant integer := 20000;
	me constant text := callward.current_user_id();
	d date;
	seen bigint := 0;
begin
	for d in
		select g::date
		from generate_series(since::timestamp,
		    least(until, callward.day_open())::timestamp
		    - interval '1 day', interval '1 day') g
		left join public.call_days c
		    on c.user_id = me and c.day = g::date
		where c.is_stale is not false
		order by 1
	loop
		if seen > most then
			return d;
		end if;
		insert into public.call_days (user_id, day) values (me, d)
		on conflict on constraint call_days_one
		do update set is_stale = true;
		perform callward.count_day(me, d);
		seen := seen + 500 + (select calls from public.call_days c
		    where c.user_id = me and c.day = d);
	end loop;
	return null;
end $$;

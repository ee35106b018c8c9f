-- Calls that are taken away, one by one or all.
--
-- execute: callward_writer
create or replace function callward.uncount() returns trigger
language plpgsql
as $$
begin
	if tg_op = 'TRUNCATE' then
		truncate public.call_days;
	else
		perform callward.mark_day(old.user_id, old.created_at);
	end if;
	return null;
end $$;

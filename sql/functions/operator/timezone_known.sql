create or replace function callward.timezone_known() returns trigger
language plpgsql
as $$
begin
	if tg_op = 'UPDATE' and new.timezone = old.timezone then
		return new;
	end if;
	if not callward.timezone_is_known(new.timezone) then
		raise exception 'no such time zone' using errcode = '22023';
	end if;
	return new;
end $$;

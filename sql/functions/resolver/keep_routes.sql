-- Keeps callward.routes: a period begins when a number comes into use for a
-- tenant, under a rule, and ends when any of these changes. A number is in use
-- once, so a new period ends the one that was open.
create or replace function callward.keep_routes() returns trigger
language plpgsql
as $$
#variable_conflict use_column
begin
	if tg_op = 'TRUNCATE' then
		update callward.routes
		set active_until = greatest(clock_timestamp(), active_from),
		    version = nextval('callward.routes_version')
		where active_until is null;
		return null;
	end if;
	update callward.routes
	set active_until = greatest(clock_timestamp(), active_from),
	    version = nextval('callward.routes_version')
	where active_until is null
	    and number in (case when old.status = 'active'
	        then old.phone_number end, case when new.status = 'active'
	        then new.phone_number end);
	if new.status = 'active'
	    and not callward.is_withheld(new.phone_number) then
		insert into callward.routes
		    (number, rule, user_id, phone_number_id, active_from)
		values (new.phone_number, new.match_rule, new.user_id, new.id,
		    greatest(clock_timestamp(), (select max(active_until)
		        from callward.routes
		        where number = new.phone_number
		            and active_until is not null)));
	end if;
	return null;
end $$;

-- Correct the routes that do not agree with the numbers; returns how many.
--
-- set: row_security = on
-- execute: callward_owner
create or replace function callward.mend_routes() returns bigint
language plpgsql
as $$
#variable_conflict use_column
declare
	wrong bigint := callward.wrong_routes();
begin
	if wrong = 0 then
		return 0;
	end if;
	-- keep_routes, when somebody changes a number meanwhile, waits for this
	lock table callward.routes in share row exclusive mode;
	wrong := callward.wrong_routes();
	update callward.routes r
	set active_until = greatest(clock_timestamp(), active_from),
	    version = nextval('callward.routes_version')
	where active_until is null and not exists (
	    select from public.phone_numbers n
	    where n.status = 'active' and n.phone_number = r.number
	        and n.user_id = r.user_id and n.id = r.phone_number_id
	        and n.match_rule = r.rule
	        and not callward.is_withheld(n.phone_number));
	insert into callward.routes
	    (number, rule, user_id, phone_number_id, active_from)
	select phone_number, match_rule, user_id, id,
	    greatest(coalesce(verified_at, created_at), (
	        select max(active_until) from callward.routes r
	        where r.number = n.phone_number
	            and r.active_until is not null))
	from public.phone_numbers n
	where status = 'active' and not callward.is_withheld(phone_number)
	    and not exists (select from callward.routes r
	        where r.number = n.phone_number and r.active_until is null);
	return wrong;
end $$;

-- How many routes do not agree with the numbers, missing ones included: a
-- trigger can be off, as while a database is restored.
--
-- set: row_security = on
-- execute: callward_intake, callward_owner, callward_tenant
create or replace function callward.wrong_routes() returns bigint
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
	    select count(*) from (
	        select user_id, id, phone_number, match_rule
	        from public.phone_numbers
	        where status = 'active'
	            and not callward.is_withheld(phone_number)) n
	    full join (
	        select * from callward.routes where active_until is null) r
	        on r.number = n.phone_number and r.user_id = n.user_id
	            and r.phone_number_id = n.id and r.rule = n.match_rule
	    where r.number is null or n.phone_number is null);
end $$;

-- The tenants that have a number, in use or not.
create or replace function callward.tenants_with_numbers() returns setof text
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return query select distinct user_id from public.phone_numbers
	    order by 1;
end $$;

-- Is the number active for anybody, and do others than this tenant claim it?
create or replace function callward.claims_on(
	phone_number text, user_id text, out active boolean, out others boolean)
language plpgsql stable
as $$
#variable_conflict use_column
begin
	active := exists (select from public.phone_numbers
	    where phone_number = claims_on.phone_number and status = 'active');
	others := exists (select from public.phone_numbers
	    where phone_number = claims_on.phone_number and status = 'pending'
	        and user_id <> claims_on.user_id);
end $$;

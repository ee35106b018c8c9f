-- The clinic's country: what it set, or else that of its first number; null:
-- neither tells.
--
-- execute: callward_writer
create or replace function callward.clinic_country(user_id text) returns text
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return coalesce((select country from public.clinic_settings
	    where user_id = clinic_country.user_id),
	    (select callward.country_of(phone_number)
	    from public.phone_numbers
	    where user_id = clinic_country.user_id
	    order by status = 'released', created_at, id limit 1));
end $$;

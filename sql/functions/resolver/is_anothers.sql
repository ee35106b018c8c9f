-- Is the number active for another tenant than this?
create or replace function callward.is_anothers(phone_number text, user_id text)
returns boolean
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return exists (select from public.phone_numbers
	    where phone_number = is_anothers.phone_number
	        and status = 'active' and user_id <> is_anothers.user_id);
end $$;

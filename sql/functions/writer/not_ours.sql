-- The number, unless it is a line of ours: a call must not come round.
create or replace function callward.not_ours(phone_number text) returns text
language plpgsql stable strict
as $$
#variable_conflict use_column
begin
	return case when not exists (select from callward.assistant_numbers
	    where phone_number = not_ours.phone_number)
	    then not_ours.phone_number end;
end $$;

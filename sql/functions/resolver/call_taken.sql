-- Does another tenant have a call with this id?
create or replace function callward.call_taken(call_id uuid, user_id text)
returns boolean
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return exists (select from public.calls
	    where id = call_taken.call_id and user_id <> call_taken.user_id);
end $$;

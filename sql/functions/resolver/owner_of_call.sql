-- The tenant of the call with this id, if there is one.
create or replace function callward.owner_of_call(call_id uuid) returns text
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (select user_id from public.calls
	    where id = owner_of_call.call_id
	    limit 1);
end $$;

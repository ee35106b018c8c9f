-- Retry a call of the tenant later: after a minute, then two, up to an hour.
create or replace function callward.index_later(call_id uuid) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
	update callward.to_index
	set tries = tries + 1,
	    due_at = now() + least(tries + 1, 60) * interval '1 minute'
	where user_id = callward.current_user_id()
	    and call_id = index_later.call_id;
end $$;

-- Calls of the tenant that wait for their words, the oldest first (ids are in
-- the order of time). If none wait, calls with words of an earlier version, the
-- newest first; after the last of them the tenant's row of to_reindex goes.
create or replace function callward.calls_to_index(user_id text, most integer)
returns table (call_id uuid, is_older boolean)
language plpgsql
as $$
#variable_conflict use_column
declare
	place callward.to_reindex;
begin
	return query select call_id, false from callward.to_index
	    where user_id = calls_to_index.user_id and due_at <= now()
	    order by call_id limit most;
	if found then
		return;
	end if;
	select * into place from callward.to_reindex
	where user_id = calls_to_index.user_id;
	return query select id, true from public.calls
	    where user_id = calls_to_index.user_id
	        and (created_at, id) < (place.before_at, place.before_id)
	        and search_words is not null
	    order by created_at desc, id desc limit most;
	if not found then
		delete from callward.to_reindex
		where user_id = calls_to_index.user_id;
	end if;
end $$;

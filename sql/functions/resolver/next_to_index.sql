-- The next tenant to be indexed: the first one after "after", in the order of
-- ids and then from the beginning, that has calls in the queue, or else words
-- of an earlier version, and that no worker is busy with. Null: none.
--
-- set: plan_cache_mode = force_generic_plan
-- set: enable_seqscan = off
create or replace function callward.next_to_index(after text) returns text
language plpgsql stable
as $$
#variable_conflict use_column
declare
	-- from there to the end, then once more from the beginning
	place text := coalesce(after, '');
	again boolean := place <> '';
begin
	loop
		select min(user_id) into place from callward.to_index
		where user_id > place;
		if place is null and again then
			again := false;
			place := '';
		elsif place is null then
			exit;
		elsif exists (select from callward.to_index
		        where user_id = place and due_at <= now())
		    and not exists (select from callward.index_turns
		        where user_id = place and until >= now()) then
			return place;
		end if;
	end loop;
	return (select user_id from callward.to_reindex r
	    where not exists (select from callward.index_turns t
	        where t.user_id = r.user_id and until >= now())
	    order by user_id > coalesce(after, '') desc, user_id limit 1);
end $$;

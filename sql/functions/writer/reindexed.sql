-- Note how far back the tenant's older words are done. calls: what was taken,
-- the newest first; done: those that got new words. The others go into the
-- queue.
create or replace function callward.reindexed(
	user_id text, calls uuid[], done uuid[])
returns void
language plpgsql
as $$
#variable_conflict use_column
begin
	insert into callward.to_index (user_id, call_id, due_at)
	select reindexed.user_id, id, now() + interval '1 minute'
	from unnest(calls) id where id <> all (done)
	on conflict do nothing;
	update callward.to_reindex r
	set before_at = c.created_at, before_id = c.id
	from public.calls c
	where r.user_id = reindexed.user_id and c.user_id = reindexed.user_id
	    and c.id = calls[cardinality(calls)];
end $$;

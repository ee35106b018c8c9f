-- The ends of numbers, by which older calls are found since they are lexemes of
-- their words: those words are made anew. Two hundred calls a batch, in the
-- order of their ids: a call that comes meanwhile waits for one, since FORCE is
-- off while it runs.
do $$
declare
	place text := current_setting('callward.backfill');
	batch uuid[];
begin
	alter table public.calls no force row level security;
	select array_agg(id) into batch from (
	    select id from public.calls
	    where place = '' or id > nullif(place, '')::uuid
	    order by id limit 200) next;
	-- derive makes them where there are none
	update public.calls set search_words = null
	where id = any (batch) and search_words is not null;
	update public.calls set created_at = created_at
	where id = any (batch);
	alter table public.calls force row level security;
	perform set_config('callward.backfill',
	    coalesce(batch[cardinality(batch)]::text, ''), true);
end $$;

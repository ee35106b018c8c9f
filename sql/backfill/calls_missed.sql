-- Which calls were missed, by their status: the trigger derive sets it on a call
-- that changes. Two thousand calls a batch, in the order of their ids. The days
-- that were counted are marked once, at the end.
do $$
declare
	place text := current_setting('callward.backfill');
	batch uuid[];
begin
	alter table public.calls no force row level security;
	select array_agg(id) into batch from (
	    select id from public.calls
	    where place = '' or id > nullif(place, '')::uuid
	    order by id limit 2000) next;
	update public.calls set missed = true
	where id = any (batch) and not missed
	    and callward.missed_of(status, details);
	alter table public.calls force row level security;
	if batch is null then
		alter table public.call_days no force row level security;
		update public.call_days set is_stale = true where not is_stale;
		alter table public.call_days force row level security;
	end if;
	perform set_config('callward.backfill',
	    coalesce(batch[cardinality(batch)]::text, ''), true);
end $$;

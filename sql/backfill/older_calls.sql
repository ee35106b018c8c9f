-- What follows from an older call's columns: the trigger derive makes it of a
-- call that changes. Two hundred calls a batch, in the order of their ids: a call
-- that comes meanwhile waits for one, since FORCE is off while it runs.
--
-- of: takeover
do $$
declare
	place text := current_setting('callward.backfill');
	batch uuid[];
begin
	alter table public.calls no force row level security;
	alter table public.call_days no force row level security;
	select array_agg(id) into batch from (
	    select id from public.calls
	    where place = '' or id > nullif(place, '')::uuid
	    order by id limit 200) next;
	update public.calls
	set intent = callward.intent_of(structured_data),
	    success = callward.success_of(success_evaluation),
	    cost_micros = callward.micros_of(cost_usd)
	where id = any (batch);
	insert into callward.to_index (user_id, call_id)
	select user_id, id from public.calls
	where id = any (batch) and search_words is null
	    and callward.wants_words(status, report_at, coalesce(intent,
	        summary, transcript, notes, follow_up_note))
	on conflict do nothing;
	-- a day that was counted meanwhile
	update public.call_days d set is_stale = true
	from public.calls c
	where c.id = any (batch) and d.user_id = c.user_id
	    and d.day = (c.created_at at time zone 'UTC')::date;
	alter table public.calls force row level security;
	alter table public.call_days force row level security;
	perform set_config('callward.backfill',
	    coalesce(batch[cardinality(batch)]::text, ''), true);
end $$;

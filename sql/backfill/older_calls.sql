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
	    cost_micros = callward.micros_of(cost_usd),
	    search_words = case when report_at is not null
	        or coalesce(callward.intent_of(structured_data), summary,
	            transcript) is not null
	        or status not in ('initiated', 'ringing', 'in-progress',
	            'forwarding')
	        then callward.search_words(user_id, created_at,
	            array[caller_phone_number, assistant_phone_number,
	            forwarded_from], tags,
	            callward.intent_of(structured_data),
	            nullif(concat_ws(' ', summary, transcript), '')) end
	where id = any (batch);
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

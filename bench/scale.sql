-- Calls of bench/scale, in the order in which they came. Tenant 0 is the large
-- one: its calls lie evenly among those of the others, who take turns. Made
-- past the triggers, with what the triggers would have made; ids are made as
-- the responder makes them, time first. Needs scale_texts.sql.
-- Variables: from and to number the calls; calls, how many there are in all;
-- large, how many are the large tenant's; tenants; each, how many numbers a
-- tenant has; days, up to the moment that is until.
set session_replication_role = replica;
set synchronous_commit = off;

insert into public.calls (id, user_id, assistant_id, phone_number_id,
    caller_phone_number, assistant_phone_number, twilio_call_sid, vapi_call_id,
    status, owner_rule, ended_reason, started_at, ended_at, duration_seconds,
    recording_url, transcript, summary, structured_data, success_evaluation,
    cost_usd, after_hours, is_test, follow_up_state, tags, report_at,
    created_at, updated_at, intent, success, cost_micros, search_words)
select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7'
        || left(hash, 3) || '8' || right(hash, 15))::uuid,
    u, md5('a' || t)::uuid, md5('n' || t * :each + nth % :each)::uuid,
    caller, '+15559999999', 'CA' || md5('s' || i), md5('v' || i),
    case when nth % 1009 = 0 then 'busy' when nth % 20 = 0 then 'no-answer'
	else 'completed' end, 'forwarded_from', 'customer-ended-call', at,
    at + interval '90 seconds', 30 + i % 240, 'https://recording.example/' || i,
    content || ' word' || nth % 50000 || ' once' || i, summary,
    jsonb_build_object('intent', intent), (nth % 5 > 0)::text, 0.12,
    nth % 9 = 0, nth % 400 = 0,
    case when nth % 700 = 0 then 'open' else 'none' end,
    case when nth % 5000 = 0 then '{vip}' else '{}' end::text[],
    at + interval '92 seconds', at, at, intent, nth % 5 > 0, 120000,
    array_to_tsvector(array(
	select tenant || span || w from unnest(words || array[
	    'wword' || nth % 50000, 'wonce' || i]) w
	union all
	select tenant || term || ' ' || span from unnest(array['n' || caller,
	    'n+15559999999', 'i' || intent]
	    || case when nth % 5000 = 0 then array['tvip'] end) term))
from (
	select i, t, nth, at, u, md5(i::text) as hash,
	    '+1555' || lpad((nth % 40000)::text, 7, '0') as caller,
	    (array['booking', 'billing', 'refill', 'other'])[1 + nth % 4]
	        as intent,
	    callward.search_place(u, null) as tenant,
	    to_hex(callward.search_span(at)) as span
	from (
		select *, 'user_bench_' || lpad(t::text, 7, '0') as u,
		    :'until'::timestamptz - (:calls - i)
		        * (interval '86400 seconds' * :days / :calls) as at
		from (
			select i, 0 as t, i * :large / :calls as nth
			from generate_series(:from::bigint, :to) i
			where i * :large / :calls > (i - 1) * :large / :calls
			union all
			select i, 1 + (i - i * :large / :calls)
			        % (:tenants - 1),
			    (i - i * :large / :calls) / (:tenants - 1)
			from generate_series(:from::bigint, :to) i
			where i * :large / :calls = (i - 1) * :large / :calls
		) whose
	) numbered
	order by i
) calls
join callward.scale_texts x on x.n = i % 2000 and x.large = (t = 0);

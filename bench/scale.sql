-- The calls of bench/scale: of user_big, a thousand a day up to now, and of
-- 200 other clinics, one for each five of those. Made past the triggers, with
-- what the triggers would have made; :from and :to number them.
set session_replication_role = replica;
set synchronous_commit = off;
set client_min_messages = warning;

create table if not exists public.scale_texts as
select n, content, array(select 'w' || w from unnest(callward.search_split(
	content || ' Hello The patient asks for an appointment')) w) as words
from (
	select n, string_agg('w' || substr(md5(floor(3000
	    * power(random(), 3))::text), 1, 6), ' ') as content
	from generate_series(1, 2000) n, generate_series(1, 90)
	group by n
) texts;

insert into public.calls (id, user_id, assistant_id, phone_number_id,
    caller_phone_number, assistant_phone_number, twilio_call_sid, vapi_call_id,
    status, owner_rule, ended_reason, started_at, ended_at, duration_seconds,
    recording_url, transcript, summary, structured_data, success_evaluation,
    cost_usd, after_hours, is_test, follow_up_state, tags, created_at,
    updated_at, intent, success, cost_micros, search_words)
select gen_random_uuid(), u, md5(u || 'a')::uuid, md5(u || 'p' || i % 3)::uuid,
    caller, '+15559999999', 'CA' || md5(u || i), md5(u || 'v' || i),
    case when i % 1009 = 0 then 'busy' when i % 20 = 0 then 'no-answer'
	else 'completed' end, 'forwarded_from', 'customer-ended-call', at,
    at + interval '90 seconds', 30 + i % 240, 'https://recording.example/' || i,
    'Hello ' || content || ' word' || i % 50000 || ' once' || i,
    'The patient asks for an appointment',
    jsonb_build_object('intent', intent), (i % 5 > 0)::text, 0.12, i % 9 = 0,
    i % 400 = 0, case when i % 700 = 0 then 'open' else 'none' end,
    case when i % 5000 = 0 then '{vip}' else '{}' end::text[], at, at,
    intent, i % 5 > 0, 120000,
    array_to_tsvector(array(select place || w from unnest(words || array[
	'n' || caller, 'n+15559999999', 'i' || intent, 'wword' || i % 50000,
	'wonce' || i] || case when i % 5000 = 0 then array['tvip'] end) w))
from (
	select *, '+1555' || lpad((i % 40000)::text, 7, '0') as caller,
	    (array['booking', 'billing', 'refill', 'other'])[1 + i % 4]
	        as intent,
	    callward.search_place(u, callward.search_day(at)) as place
	from (
		select i, now() - i * interval '72 seconds' as at,
		    case when i % 6 = 0 then 'user_' || 1 + i / 6 % 200
		        else 'user_big' end as u
		from generate_series(:from, :to) i
	) numbered
	offset 0
) calls
join public.scale_texts t on t.n = 1 + i % 2000;

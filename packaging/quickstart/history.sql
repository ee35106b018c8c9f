-- The trial's two clinics get a past: two months of made-up calls, hours,
-- intents and a plan each, so that their dashboards have something to show.
-- Run once, by the owner of the trial's cluster. Numbers, names and words are
-- invented.

set client_min_messages = warning;
begin;
set local seed = 0.15;

insert into public.clinic_settings (user_id, name, timezone, language,
    after_hours_message)
values
	('user_a', 'Lakeside Dental', 'America/New_York', 'en',
	    'Our practice is closed. For a dental emergency, call 555 0100.'),
	('user_b', 'Harbour Vets', 'America/Los_Angeles', 'en',
	    'We are closed. For an emergency, go to the clinic on Pier Road.');

update public.assistants set greeting = case user_id
	when 'user_a' then 'Lakeside Dental, good to have you on the line. '
	    'How can I help?'
	else 'Hello, this is Harbour Vets. Who are we talking about today?' end,
    language = 'en'
where user_id in ('user_a', 'user_b');
update public.phone_numbers set label = 'Reception'
where user_id in ('user_a', 'user_b') and label is null;

insert into public.working_hours (user_id, day_of_week, open_time, close_time)
select u, d, o::time, c::time
from (values
	('user_a', 1, 4, '08:00', '12:00'), ('user_a', 1, 4, '13:00', '18:00'),
	('user_a', 5, 5, '08:00', '14:00'),
	('user_b', 1, 5, '08:30', '19:00'), ('user_b', 6, 6, '09:00', '13:00')
) as h (u, first, last, o, c), generate_series(first, last) d;
insert into public.working_hours (user_id, specific_date, date_end, is_closed,
    reason)
select u, make_date(extract(year from now())::int, 12, 24),
    make_date(extract(year from now())::int, 12, 26), true, 'Holidays'
from unnest(array['user_a', 'user_b']) u;

insert into public.intents (user_id, slug, name, description, example_phrases,
    marks_follow_up)
values
	('user_a', 'appointment', 'Appointment', 'Wants to come in.',
	    '{"I need a check-up","do you have something on Friday"}', false),
	('user_a', 'reschedule', 'Reschedule', 'Moves or cancels a visit.',
	    '{"I cannot make it tomorrow"}', false),
	('user_a', 'emergency', 'Emergency', 'Pain, swelling, an accident.',
	    '{"my tooth broke","the pain keeps me awake"}', true),
	('user_a', 'insurance', 'Insurance and prices', 'What it costs.',
	    '{"do you take my insurance","how much is a crown"}', false),
	('user_a', 'call_back', 'Asks for a call back',
	    'Wants to speak with a person.', '{"can somebody call me"}', true),
	('user_b', 'appointment', 'Appointment', 'Wants to bring an animal.',
	    '{"my cat needs her shots"}', false),
	('user_b', 'emergency', 'Emergency', 'Poison, injury, no food or water.',
	    '{"he ate chocolate","she was hit by a car"}', true),
	('user_b', 'medication', 'Medication', 'A refill, or how to give it.',
	    '{"we are out of drops"}', true),
	('user_b', 'test_results', 'Test results', 'Asks how a test came out.',
	    '{"are the blood results back"}', true),
	('user_b', 'opening_hours', 'Opening hours', 'When, where, parking.',
	    '{"are you open on Saturday"}', false);

insert into public.assistant_tests (user_id, assistant_id, name, script,
    expected)
select a.user_id, a.id, t.name, t.script, t.expected::jsonb
from (values
	('user_a', 'Books a check-up',
	    e'Hi, I would like to come in for a check-up.\nMaria Alvarez\nFriday.',
	    '{"phrases": ["thank you for calling", "I could offer you"]}'),
	('user_a', 'Notices an emergency',
	    e'My tooth broke and it hurts a lot.\nYes, it is swollen.',
	    '{"phrases": ["urgent"], "intent": "emergency"}'),
	('user_b', 'Does not read results out',
	    e'Are the blood results of my cat back?\nCan you read them to me?',
	    '{"phrases": ["thank you for calling", "a vet calls you"]}')
) as t (user_id, name, script, expected)
join public.assistants a using (user_id);

-- What is said: "<" is the assistant, ">" the caller. %1$s is a name, %2$s a
-- day, %3$s an animal's name.
create temporary table scripts (
	user_id text, intent text, weight int, success boolean, summary text,
	said text[]) on commit drop;
insert into scripts values
('user_a', 'appointment', 40, true,
	'%1$s booked a check-up for %2$s at half past nine. New patient, no pain.',
	array['> Hi, I would like to come in for a check-up.',
	'< Gladly. May I have your name?', '> %1$s.',
	'< Thank you, %1$s. I have %2$s at half past nine, or the day after at two.',
	'> %2$s is good.', '< Have you been with us before?',
	'> No, this would be the first time.',
	'< Then please come ten minutes early. You are booked for %2$s, half past nine.',
	'> Great, thank you.', '< See you then. Goodbye.']),
('user_a', 'reschedule', 18, true,
	'%1$s cannot come as planned and moved the cleaning to %2$s at three.',
	array['> Hello, %1$s here. I have to move my cleaning, something came up at work.',
	'< No problem. Which day would suit you?', '> %2$s, in the afternoon?',
	'< %2$s at three is free.', '> Perfect.',
	'< Done: you will get a message with the new time.', '> Thanks, bye.']),
('user_a', 'emergency', 12, true,
	'%1$s broke a molar and is in pain since last night. Asked to be seen today; '
	'the practice must call back.',
	array['> My tooth broke last night and it really hurts.',
	'< I am sorry to hear that. Is there any swelling or fever?',
	'> A little swelling, no fever.', '< May I have your name?', '> %1$s.',
	'< %1$s, I have marked this as urgent. Somebody from the practice calls you '
	'back as soon as they can.', '> Please, today if at all possible.',
	'< I have written that down. If the swelling grows or you get a fever, please '
	'go to the emergency room.', '> Okay. Thank you.']),
('user_a', 'insurance', 16, true,
	'%1$s asked whether the practice takes their insurance, and what a crown costs.',
	array['> Do you take Northern Health?', '< Yes, we do.',
	'> And what would I pay for a crown?',
	'< That depends on the tooth. Most patients of Northern Health pay a fifth '
	'themselves; the dentist gives you a written estimate first.',
	'> Good to know. I am %1$s, I will come in soon.',
	'< We would be glad to see you, %1$s.']),
('user_a', 'call_back', 9, false,
	'%1$s wanted to speak with a person about an invoice and asked to be called back.',
	array['> I have a question about my invoice.',
	'< I cannot see invoices, I am sorry. Shall somebody call you back?',
	'> Yes please, %1$s. After four is best, on %2$s.',
	'< I have noted it: %1$s, %2$s, after four.', '> Thank you.']),
('user_a', null, 5, false, 'The caller hung up without saying what it was about.',
	array['> Hello? Is that a machine?',
	'< I am the practice''s assistant. How can I help?', '> Never mind.']),
('user_b', 'appointment', 38, true,
	'%1$s brings %3$s for the yearly vaccination on %2$s at eleven.',
	array['> Hi, %3$s is due for the yearly shots.',
	'< Let me see. What is your name?', '> %1$s.',
	'< Thank you, %1$s. Would %2$s at eleven do?', '> Yes.',
	'< Has %3$s been well, eating and drinking?', '> All fine.',
	'< Then we will see you both on %2$s. Please bring the vaccination card.',
	'> Will do, thanks.']),
('user_b', 'emergency', 14, true,
	'%3$s, the dog of %1$s, ate chocolate an hour ago and is restless. To be called '
	'back at once.',
	array['> My dog ate a whole bar of chocolate, what do I do?',
	'< How long ago was that, and how heavy is the dog?',
	'> An hour maybe. Twelve kilos.',
	'< Thank you. I pass this on as an emergency right now. What is your name?',
	'> %1$s, and the dog is %3$s.',
	'< A vet calls you back in a few minutes, %1$s. Please keep the wrapper, and do '
	'not make %3$s vomit.', '> Okay, please hurry.']),
('user_b', 'medication', 16, true,
	'%1$s needs more eye drops for %3$s and would collect them on %2$s.',
	array['> We are nearly out of eye drops for %3$s.',
	'< Which drops are they?', '> The ones for the morning, the small bottle.',
	'< I have asked the team to prepare them. May I have your name?', '> %1$s.',
	'< They call you when the drops are ready, probably on %2$s.', '> Lovely.']),
('user_b', 'test_results', 14, false,
	'%1$s asked for the blood results of %3$s. A vet must call back; the assistant '
	'does not read results out.',
	array['> Are the results for %3$s back?',
	'< I may not read results out, but a vet calls you. Your name, please?',
	'> %1$s. It is about the thyroid.', '< Noted. Is %2$s morning fine?',
	'> As early as you can, please.']),
('user_b', 'opening_hours', 13, true,
	'%1$s asked about Saturday and where to park.',
	array['> Are you open this Saturday?', '< Yes, from nine to one.',
	'> And can I park at your place?',
	'< There are six places behind the house, from Harbour Lane.',
	'> Wonderful, thank you.']),
('user_b', null, 5, false, 'Only noise; the caller hung up.',
	array['< Hello, can you hear me?', '> ...', '< I am afraid I cannot hear you.']);

create temporary table made on commit drop as
with clinic as (
	select n.user_id, n.id as number_id, n.assistant_id, n.phone_number,
	    (select line from (select assistant_phone_number as line
	        from callward.assistant_numbers limit 1) l) as line,
	    s.timezone
	from public.phone_numbers n
	join public.clinic_settings s using (user_id)
	where n.user_id in ('user_a', 'user_b') and n.status = 'active'
), hour_weight (hour, weight) as (
	values (7, 2), (8, 9), (9, 12), (10, 11), (11, 9), (12, 5), (13, 7),
	    (14, 8), (15, 8), (16, 7), (17, 5), (18, 3), (19, 2), (20, 1)
), slots as (
	-- More on Mondays, few at the weekend, and a little more every week.
	select c.*, d as days_ago, h.hour, random() as chance,
	    row_number() over (partition by c.user_id order by
	        random() ^ (1 / (h.weight
	            * case extract(dow from now() at time zone c.timezone
	                - make_interval(days => d))
	                when 0 then 0.08 when 6 then 0.3 when 1 then 1.4
	                else 1 end
	            * (1.25 - d / 150.0))) desc) as nth
	from clinic c, generate_series(0, 60) d, hour_weight h,
	    generate_series(1, 2)
)
select s.user_id, s.number_id, s.assistant_id, s.phone_number, s.line,
    gen_random_uuid() as id, nth,
    ((date_trunc('day', now() at time zone timezone)
	- make_interval(days => days_ago)
	+ make_interval(hours => hour, secs => floor(random() * 3600)))
	at time zone timezone) as at,
    case when chance < 0.87 then 'completed' when chance < 0.95 then 'no-answer'
	when chance < 0.97 then 'busy' when chance < 0.985 then 'canceled'
	else 'failed' end as status,
    format('+1555%s', lpad((4000000
	+ floor(random() ^ 1.3 * 140) * 9973)::int::text, 7, '0')) as caller,
    (array['Maria Alvarez', 'James Porter', 'Aisha Khan', 'Tom Becker',
	'Grace Lin', 'Peter Novak', 'Hannah Moore', 'Luis Ortega', 'Ruth Adler',
	'Daniel Okafor', 'Sofia Rossi', 'Emily Clark', 'Noah Weber',
	'Chloe Martin', 'Ivan Petrov', 'Leila Haddad'])
	[1 + floor(random() * 16)] as person,
    (array['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'])
	[1 + floor(random() * 5)] as day,
    (array['Milo', 'Luna', 'Biscuit', 'Pepper', 'Oscar', 'Nala', 'Rocky'])
	[1 + floor(random() * 7)] as animal,
    random() as draw, random() as mood
from slots s where nth <= 260;
delete from made where at > now() - interval '5 minutes';

create temporary table told on commit drop as
select m.*, s.intent, s.success, t.summary, t.transcript, t.messages,
    t.seconds, f.marks_follow_up
from made m
left join lateral (
	select c.*, a.greeting from (
		select w.*, sum(weight) over (order by summary) as upto,
		    sum(weight) over () as total
		from scripts w where w.user_id = m.user_id) c
	join public.assistants a on a.user_id = m.user_id
	    and a.id = m.assistant_id
	where c.upto >= m.draw * c.total order by c.upto limit 1
) s on m.status = 'completed'
left join lateral (
	select format(s.summary, m.person, m.day, m.animal) as summary,
	    string_agg(case bot when true then 'AI: ' else 'User: ' end || line,
	        e'\n' order by n) as transcript,
	    jsonb_agg(jsonb_build_object(
	        'role', case bot when true then 'bot' else 'user' end,
	        'message', line, 'secondsFromStart', round(from_s, 1))
	        order by n) as messages,
	    ceil(max(from_s + length(line) * 0.075) + 3)::int as seconds
	from (
		select n, left(raw, 1) = '<' as bot, line,
		    1.2 + coalesce(sum(length(line) * 0.075 + 1.9) over (
		        order by n rows between unbounded preceding
		        and 1 preceding), 0) as from_s
		from unnest('< ' || s.greeting || s.said)
		    with ordinality r (raw, n),
		    lateral (select format(substr(raw, 3), m.person, m.day,
		        m.animal) as line) l
	) turns
	where s.said is not null
) t on true
left join public.intents f on f.user_id = m.user_id and f.slug = s.intent;

insert into public.calls (id, user_id, assistant_id, phone_number_id,
    caller_phone_number, assistant_phone_number, twilio_call_sid, vapi_call_id,
    status, owner_rule, forwarded_from, ended_reason, started_at, ended_at,
    duration_seconds, transcript, messages, summary, analysis,
    structured_data, success_evaluation, cost_usd, report_at, created_at,
    updated_at, after_hours, follow_up_state, follow_up_note, follow_up_by,
    follow_up_at, tags)
select t.id, t.user_id, t.assistant_id, t.number_id, t.caller,
    coalesce(t.line, '+15559999999'),
    'CA' || replace(gen_random_uuid()::text, '-', ''),
    case when t.seconds is not null then gen_random_uuid()::text end,
    t.status, 'forwarded_from', t.phone_number,
    case t.status when 'completed' then case when t.mood < 0.6
	    then 'customer-ended-call' else 'assistant-ended-call' end
	when 'no-answer' then 'customer-did-not-answer'
	when 'busy' then 'customer-busy' end,
    case when t.seconds is not null then t.at + interval '2 seconds' end,
    t.at + make_interval(secs => coalesce(t.seconds + 2, 4)),
    coalesce(t.seconds, 0), t.transcript, t.messages, t.summary,
    case when t.seconds is not null then jsonb_build_object(
	'summary', t.summary, 'successEvaluation', t.success::text) end,
    case when t.seconds is not null then jsonb_strip_nulls(jsonb_build_object(
	'intent', t.intent, 'caller_name', t.person)) end,
    case when t.mood > 0.93 then (not t.success)::text else t.success::text end,
    round((coalesce(t.seconds, 0) * 0.0016)::numeric, 4),
    case when t.seconds is not null
	then t.at + make_interval(secs => t.seconds + 5) end,
    t.at, t.at,
    not callward.is_open(t.user_id, t.number_id, t.at),
    follow.state,
    case when follow.state = 'done' then 'Called back, all settled.'
	when follow.state = 'in_progress' then 'Tried once, no answer.' end,
    case when follow.state in ('done', 'in_progress') then case t.user_id
	when 'user_a' then 'Dana' else 'Kim' end end,
    case when follow.state <> 'none'
	then least(t.at + interval '3 hours', now()) end,
    case when t.intent = 'emergency' then '{urgent}'
	when t.intent = 'appointment' and t.mood < 0.15 then '{new}'
	else '{}' end::text[]
from told t, lateral (select case
	when t.marks_follow_up is not true then 'none'
	when t.at > now() - interval '6 days' then 'open'
	when t.at > now() - interval '9 days' and t.mood < 0.5
	    then 'in_progress'
	else 'done' end as state) follow;

-- A has used somewhat less than half of its plan; B is warned, and its calls
-- go on beyond the plan.
insert into public.subscriptions (user_id, plan, status, included_seconds,
    cap_behaviour, current_period_start, current_period_end)
select user_id, case user_id when 'user_a' then 'Practice' else 'Starter' end,
    'active',
    (ceil(sum(duration_seconds) / case user_id when 'user_a' then 0.42
	else 0.86 end / 600) * 600)::int,
    case user_id when 'user_a' then 'fallback' else 'overage' end,
    min(period.start), min(period.start) + interval '1 month'
from public.calls,
    (select date_trunc('day', now()) - interval '21 days' as start) period
where created_at >= period.start and user_id in ('user_a', 'user_b')
group by user_id;

commit;

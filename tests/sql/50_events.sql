-- Server messages, each applied as the webhook role after another tenant's
-- leftovers (tap.door sees to both).
begin;
set search_path = tap, public;
select plan(180);
select tap.scenario();
insert into public.calls (id, user_id, phone_number_id, caller_phone_number,
    assistant_phone_number, vapi_call_id)
values (tap.u(1), 'user_a', tap.u(801), '+15551111111', '+15559999999', 'v1'),
    (tap.u(2), 'user_b', tap.u(802), '+15552222222', '+15559999999', 'v2'),
    (tap.u(3), 'user_a', tap.u(801), '+15551111111', '+15559999999', null);

-- A message, with what most of them leave out given by name.
create function pg_temp.event(owner text, call uuid, vapi text, kind text,
    status text default null, reason text default null,
    started text default null, ended text default null,
    seconds integer default null, recording text default null,
    transcript text default null, messages text default null,
    summary text default null, analysis text default null,
    structured text default null, success text default null,
    cost numeric default null, sid text default null,
    assistant uuid default null, number uuid default null,
    details text default null, more jsonb default null,
    line uuid default null, received text default null,
    body text default '\x01', digest text default null)
returns callward.filing language sql as $$
	select tap.door(format('apply_event(%L, %L, %L, %L, %L, %L, %L, %L, %L,'
	    ' %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L)',
	    owner, call, assistant, number, '+15551111111', '+15559999999',
	    '{"seal":"s"}', vapi, sid, kind, status, reason,
	    nullif(jsonb_strip_nulls(jsonb_build_object('started_at', started,
	    'ended_at', ended, 'duration_seconds', seconds, 'recording_url',
	    recording, 'success_evaluation', success, 'cost_usd', cost,
	    'details', more)), '{}'), transcript, messages, summary, analysis,
	    structured, body, 42, details, line, received,
	    digest))::callward.filing
$$;
create function pg_temp.said(f callward.filing) returns text
language sql as $$ select concat_ws(' ', f.verdict, f.reason) $$;
create function pg_temp.everything() returns text language sql as $$
	select md5(concat((select string_agg(c::text, '' order by id)
	    from public.calls c), (select count(*) from
	    callward.webhook_events),
	    (select count(*) from callward.call_answers)))
$$;
create function pg_temp.call(i integer) returns public.calls
language sql as $$ select * from public.calls where id = tap.u(i) $$;

-- Whose is it: refusals write nothing at all.
select pg_temp.everything() as before \gset
select is(pg_temp.event(null, null, 'v9', 'hang'),
    ('quarantined', 'unknown_call', null, null)::callward.filing,
    'no metadata and an unknown call');
select is(pg_temp.said(pg_temp.event(null, null, null, 'hang')),
    'quarantined unknown_call', 'no call at all');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(1), null, 'hang')),
    'quarantined owner_mismatch', 'another tenant''s seal, no Vapi call');
select is(pg_temp.said(pg_temp.event('user_a', null, 'v1', 'hang')),
    'quarantined call_mismatch', 'a seal without a call');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(1), 'v1', 'hang')),
    'quarantined owner_mismatch', 'another tenant''s seal');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(1), 'v9', 'hang')),
    'quarantined owner_mismatch', 'another tenant''s call id');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(9), 'v1', 'hang',
    number => tap.u(802))),
    'quarantined owner_mismatch', 'another tenant''s Vapi call');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v1', 'hang')),
    'quarantined owner_mismatch', 'the seal of one''s own call on it');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(3), 'v1', 'hang')),
    'quarantined call_mismatch', 'the seal of another call of the tenant');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(1), 'v9', 'hang')),
    'quarantined call_mismatch', 'a bound call under another Vapi call');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(9), 'v9', 'hang',
    number => tap.u(802))), 'quarantined foreign_number',
    'no row, and another tenant''s number');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(9), 'v9', 'hang')),
    'quarantined foreign_number', 'no row, and no number');
select is(pg_temp.everything(), :'before', 'nothing was written');

-- The older flat shape may lack the Vapi call: the seal stands alone.
select is(pg_temp.event('user_a', tap.u(1), null, 'hang'),
    ('accepted', null, 'user_a', tap.u(1))::callward.filing,
    'a seal without a Vapi call');
select is((pg_temp.call(1)).vapi_call_id, 'v1', 'which stays bound');

-- The row decides where no metadata came; two rows decide nothing.
select is(pg_temp.event(null, null, 'v2', 'hang'),
    ('accepted', null, 'user_b', tap.u(2))::callward.filing,
    'no metadata: the row''s owner');
insert into public.calls (id, user_id, caller_phone_number,
    assistant_phone_number, vapi_call_id)
values (tap.u(8), 'user_b', 'x', 'y', 'v1');
select is(pg_temp.said(pg_temp.event(null, null, 'v1', 'hang')),
    'quarantined unknown_call', 'two rows of one Vapi call decide nothing');
delete from public.calls where id = tap.u(8);

-- A seal whose call has no row: it is made, as the older system did.
select is(pg_temp.event('user_a', tap.u(4), 'v4', 'status-update', 'ringing',
    number => tap.u(801), assistant => tap.u(902)),
    ('accepted', null, 'user_a', tap.u(4))::callward.filing, 'made');
select results_eq($$ select user_id, phone_number_id, assistant_id,
    caller_phone_number, status, metadata
    from pg_temp.call(4) $$, $$ values ('user_a' collate "C", tap.u(801),
    null::uuid, '+15551111111', 'ringing', null::jsonb) $$,
    'for its owner, without another tenant''s assistant');
select results_eq($$ select user_id, vapi_call_id, assistant_id,
    phone_number_id, is_withheld, seal, answer from callward.sessions
    where call_id = tap.u(4) $$, $$ values ('user_a' collate "C",
    'v4' collate "C", tap.u(902), tap.u(801), null::boolean, 's', null) $$,
    'with the session, as it was sealed, and no answer');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(9), 'v4', 'hang',
    number => tap.u(801))), 'quarantined call_mismatch',
    'from then on the Vapi id is taken');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(4), 'v44', 'hang',
    number => tap.u(801))), 'quarantined call_mismatch', 'and the call bound');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(5), 'v5', 'hang',
    number => tap.u(801), assistant => tap.u(901))), 'accepted', 'made too');
select is((pg_temp.call(5)).assistant_id, tap.u(901),
    'with its own assistant');

-- Vapi deleted a call: the inbox says so at the call that it was, the call
-- stays as it is, and none is made for it.
select pg_temp.call(1)::text as before \gset
select is(pg_temp.event('user_a', tap.u(1), 'v1', 'call.deleted'),
    ('accepted', null, 'user_a', tap.u(1))::callward.filing,
    'a deletion, under its seal');
select is(pg_temp.event(null, null, 'v1', 'call.deleted'),
    ('accepted', null, 'user_a', tap.u(1))::callward.filing,
    'again, by the row alone');
select results_eq($$ select verdict, user_id, call_id
    from callward.webhook_events where event_type = 'call.deleted' $$,
    $$ values ('accepted', 'user_a' collate "C", tap.u(1)),
    ('accepted', 'user_a', tap.u(1)) $$, 'the inbox says so');
select is(pg_temp.call(1)::text, :'before', 'nothing of the call is gone');
select pg_temp.everything() as before \gset
select is(pg_temp.said(pg_temp.event('user_a', tap.u(9), 'v9', 'call.deleted',
    number => tap.u(801))), 'quarantined unknown_call',
    'under the seal of a call that has no row');
select is(pg_temp.said(pg_temp.event(null, null, 'v9', 'call.deleted')),
    'quarantined unknown_call', 'of a call that nobody knows');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(1), 'v1',
    'call.deleted')), 'quarantined owner_mismatch', 'under another''s seal');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v1',
    'call.deleted')), 'quarantined owner_mismatch',
    'under the seal of another''s own call');
select is(pg_temp.everything(), :'before', 'of these nothing was written');

select is(pg_temp.said(pg_temp.event('user_a', tap.u(3), 'v33',
    'call.deleted', sid => tap.sid(33))), 'accepted', 'of an unbound row');
select is(concat((pg_temp.call(3)).vapi_call_id,
    (pg_temp.call(3)).twilio_call_sid), '', 'which it does not bind');

-- An unbound row is bound; the CallSid fills what is empty and free.
select is(pg_temp.said(pg_temp.event('user_a', tap.u(3), 'v3', 'hang',
    sid => tap.sid(3))), 'accepted', 'a hang is accepted');
select results_eq($$ select s.vapi_call_id, c.vapi_call_id,
    c.twilio_call_sid, c.status from pg_temp.call(3) c
    join callward.sessions s on s.call_id = c.id $$,
    $$ values ('v3' collate "C", null, tap.sid(3), 'initiated') $$,
    'it binds and says nothing else');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(3), 'v3', 'hang',
    sid => tap.sid(33))), 'accepted', 'another CallSid');
select is((pg_temp.call(3)).twilio_call_sid, tap.sid(3), 'does not replace');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(4), 'v4', 'hang',
    sid => tap.sid(3))), 'accepted', 'a CallSid of another call');
select is((pg_temp.call(4)).twilio_call_sid, null, 'is not taken');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(4), 'v4', 'hang',
    sid => 'not a sid')), 'accepted', 'what is no CallSid');
select is((pg_temp.call(4)).twilio_call_sid, null, 'is not either');

-- Ranks.
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'status-update', 'in-progress', started => '2026-01-01T00:00:05Z')),
    'accepted', 'in progress');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'status-update', 'ringing')), 'stale', 'ringing comes late');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'status-update', 'in-progress')), 'duplicate', 'in progress, again');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'status-update', 'forwarding')), 'accepted', 'forwarding');
select is((pg_temp.call(2)).status, 'forwarding', 'is the status');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'status-update', 'busy', 'customer-busy')), 'accepted', 'busy');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'status-update', 'completed', 'other')), 'duplicate',
    'another end has nothing new');
select is((pg_temp.call(2)).status || (pg_temp.call(2)).ended_reason,
    'busycustomer-busy', 'the first end stands');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'status-update', '')), 'accepted', 'an empty status says nothing');

-- Reports: the first, one like it, one that fills, one that differs.
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'end-of-call-report', 'completed', 'customer-ended-call',
    '2026-01-01T00:00:04Z', '2026-01-01T00:01:00Z', 56, 'https://r/1', '',
    '[]', 'short', '{}', null, 'true', 0.02)), 'accepted', 'the first report');
select results_eq($$ select status, ended_reason, duration_seconds,
    recording_url, transcript, messages, summary, analysis,
    success_evaluation, cost_usd, started_at, report_at is not null
    from pg_temp.call(2) $$, $$ values ('completed', 'customer-ended-call',
    56, 'https://r/1', null, null::jsonb, 'short', null::jsonb, 'true', 0.02,
    '2026-01-01T00:00:04Z'::timestamptz, true) $$,
    'corrects the end that a status-update had told; nothing empty is kept');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'end-of-call-report', 'completed', 'customer-ended-call',
    '2026-01-01T00:00:04Z', '2026-01-01T00:01:00Z', 56, 'https://r/1', '',
    '[]', 'short', '{}', null, 'true', 0.02)), 'duplicate', 'the same again');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'end-of-call-report', 'completed', recording => 'https://r/1?signed=2')),
    'duplicate', 'a newly signed address is nothing new');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'end-of-call-report', null)), 'duplicate', 'an empty one');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'end-of-call-report', 'failed', transcript => 'hello',
    analysis => '{"a":1}')), 'accepted', 'one that fills what was empty');
select is((pg_temp.call(2)).transcript || (pg_temp.call(2)).status,
    'hellocompleted', 'fills, and leaves the status');
select is((pg_temp.call(2)).revisions, '[]', 'and is no revision');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'end-of-call-report', 'completed', 'silence-timed-out', seconds => 57,
    transcript => 'hello there', summary => 'short')), 'accepted revision',
    'one that differs');
select is((pg_temp.call(2)).transcript, 'hello', 'changes nothing');
select is((pg_temp.call(2)).revisions #- '{0,at}',
    '[{"values": {"transcript": "hello there", "duration_seconds": 57,
    "ended_reason": "silence-timed-out"}}]', 'and is kept beside');
select is(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'end-of-call-report', 'completed', 'silence-timed-out', seconds => 57,
    transcript => 'hello there', summary => 'short')), 'duplicate',
    'once');
select is(string_agg(pg_temp.said(pg_temp.event('user_b', tap.u(2), 'v2',
    'end-of-call-report', 'completed', summary => 'no ' || i)), ','
    order by i), 'accepted revision,accepted revision,accepted revision,'
    'accepted revision,accepted revision_limit', 'five are kept')
from generate_series(2, 6) i;
select is(jsonb_array_length((pg_temp.call(2)).revisions), 5, 'and no more');
select is((select jsonb_object_agg(verdict, n) from (
    select verdict, count(*) as n from callward.webhook_events
    where provider = 'vapi' and provider_call_id = 'v2' and user_id = 'user_b'
        and call_id = tap.u(2) and body_sha256 = '\x01' and body_bytes = 42
        and body is null group by verdict) v),
    '{"accepted": 13, "stale": 1, "duplicate": 6}',
    'each message left one line in the inbox, without its body');

-- An end that we wrote ourselves stands.
insert into public.calls (id, user_id, phone_number_id, caller_phone_number,
    assistant_phone_number, status, ended_reason, ended_at)
values (tap.u(6), 'user_a', tap.u(801), '+15551111111', '+15559999999',
    'failed', 'callward-vapi', '2026-01-01');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(6), 'v6',
    'end-of-call-report', 'completed', 'customer-ended-call',
    ended => '2026-01-02T00:00:00Z', transcript => 'hm')), 'accepted',
    'a report of a call that we gave up');
select results_eq($$ select status, ended_reason, ended_at, transcript,
    vapi_call_id from pg_temp.call(6) $$, $$ values ('failed',
    'callward-vapi', '2026-01-01'::timestamptz, 'hm', 'v6') $$,
    'fills, and leaves its end');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(6), 'v6',
    'end-of-call-report', 'completed', 'customer-ended-call',
    ended => '2026-01-02T00:00:00Z', transcript => 'hm')), 'duplicate',
    'and again is a duplicate');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(6), 'v6',
    'status-update', 'ringing')), 'stale', 'a late status is stale');

-- The final row does not depend on the order, with doubles and without.
create function pg_temp.message(call uuid, vapi text, kind text)
returns text language sql as $$
	select pg_temp.said(case kind
	when 'ringing' then pg_temp.event('user_a', call, vapi,
	    'status-update', 'ringing', started => '2026-01-01T00:00:03Z',
	    transcript => 'r', number => tap.u(801))
	when 'talking' then pg_temp.event('user_a', call, vapi,
	    'status-update', 'in-progress', started => '2026-01-01T00:00:02Z',
	    transcript => 't', number => tap.u(801))
	when 'ended' then pg_temp.event('user_a', call, vapi, 'status-update',
	    'completed', 'ended-reason', '2026-01-01T00:00:04Z',
	    '2026-01-01T00:01:00Z', 55, 'https://e', 'e', number => tap.u(801))
	when 'report' then pg_temp.event('user_a', call, vapi,
	    'end-of-call-report', 'no-answer', 'report-reason',
	    ended => '2026-01-01T00:01:01Z', seconds => 120,
	    transcript => 'r', messages => '[1]', summary => 's', cost => 0.1,
	    number => tap.u(801))
	when 'premature' then pg_temp.event('user_a', call, vapi,
	    'end-of-call-report', 'failed', 'premature-reason',
	    ended => '2026-01-01T00:00:59Z', seconds => 0, transcript => '',
	    messages => '[]', analysis => '{}', cost => 0,
	    number => tap.u(801)) end)
$$;
create temporary table orders as
with recursive o (kinds) as (
	select array[]::text[]
	union all
	select kinds || kind from o, unnest(array['ringing', 'talking', 'ended',
	    'report', 'premature']) kind
	where kind <> all (kinds)
)
select row_number() over () as nth, kinds from o where cardinality(kinds) = 5;
create function pg_temp.play(base integer, how text) returns void
language plpgsql as $$
declare
	o record;
	kind text;
begin
	for o in select * from orders order by nth loop
		foreach kind in array case how
		    when 'each twice' then array(select unnest(array[k, k])
		        from unnest(o.kinds) k)
		    when 'all twice' then o.kinds || o.kinds
		    else o.kinds end loop
			perform pg_temp.message(tap.u(base + o.nth::integer),
			    'vo' || base + o.nth, kind);
		end loop;
	end loop;
end $$;
select is(count(*), 120::bigint, 'there are 120 orders') from orders;
select pg_temp.play(1000, 'once') \g /dev/null
select pg_temp.play(2000, 'each twice') \g /dev/null
select pg_temp.play(3000, 'all twice') \g /dev/null
create temporary view outcomes as
select id, (to_jsonb(c) - array['id', 'vapi_call_id', 'report_at',
    'created_at', 'updated_at']) as what from public.calls c
where vapi_call_id like 'vo%';
select is(count(*), 360::bigint, 'they were played three ways') from outcomes;
select is(count(distinct what), 1::bigint, 'to one outcome') from outcomes;
select is(distinct_what, '{"status": "no-answer",
    "ended_reason": "report-reason", "transcript": "r", "summary": "s",
    "duration_seconds": 120, "recording_url": "https://e", "cost_usd": 0.1,
    "revisions": []}', 'which is the report''s, filled by the rest')
from (select distinct (select jsonb_object_agg(key, value)
    from jsonb_each(what) where key in ('status', 'ended_reason',
    'transcript', 'summary', 'duration_seconds', 'recording_url',
    'cost_usd', 'revisions')) as distinct_what from outcomes) x;
select is((select distinct (what ->> 'started_at')::timestamptz
    from outcomes), '2026-01-01T00:00:02Z'::timestamptz,
    'it started when it was first said to');
select is(count(*), 540::bigint, 'the report was applied once to each, and'
    ' the premature one to those that had no other yet')
from callward.webhook_events where provider_call_id like 'vo%'
    and event_type = 'end-of-call-report' and verdict = 'accepted';

-- A report without words came before the call was over. One with words stands
-- in its place, whichever comes first.
insert into public.calls (id, user_id, phone_number_id, caller_phone_number,
    assistant_phone_number, vapi_call_id, created_at)
select tap.u(i), 'user_a', tap.u(801), '+15551111111', '+15559999999',
    'v' || i, '2026-01-05T12:00:00Z' from generate_series(20, 23) i;
create function pg_temp.early(i integer, reason text default 'early')
returns text language sql as $$
	select pg_temp.said(pg_temp.event('user_a', tap.u(i), 'v' || i,
	    'end-of-call-report', 'failed', reason, seconds => 0, cost => 0,
	    transcript => '', messages => '[]', analysis => '{}'))
$$;
create function pg_temp.late(i integer) returns text language sql as $$
	select pg_temp.said(pg_temp.event('user_a', tap.u(i), 'v' || i,
	    'end-of-call-report', 'completed', 'customer-ended-call',
	    seconds => 120, cost => 0.2, transcript => 'AI: Hi'))
$$;
create function pg_temp.end_of(i integer) returns text language sql as $$
	select concat_ws(' ', status, ended_reason, duration_seconds,
	    cost_usd, transcript, revisions) from pg_temp.call(i)
$$;
select is(pg_temp.early(20), 'accepted', 'a report before the end');
select is(pg_temp.end_of(20), 'failed early 0 0 []', 'says what it says');
update public.calls set report_at = '2026-01-05T12:01:00Z'
where id = tap.u(20);
insert into public.call_days (user_id, day, is_stale)
values ('user_a', '2026-01-05', false)
on conflict on constraint call_days_one do update set is_stale = false;
select is(pg_temp.late(20), 'accepted', 'the one after the end');
select is(pg_temp.end_of(20),
    'completed customer-ended-call 120 0.2 AI: Hi []',
    'says all of it otherwise, the status as well, and is no revision');
select is((pg_temp.call(20)).report_at, now(), 'it is the report that stands');
select is(is_stale, true, 'its day is counted anew') from public.call_days
where user_id = 'user_a' and day = '2026-01-05';
select is(pg_temp.late(20), 'duplicate', 'the same again');
select is(pg_temp.early(20), 'duplicate', 'the first once more');
select is(pg_temp.late(21), 'accepted', 'the other way round');
select is(pg_temp.early(21, 'later'), 'duplicate', 'nothing is new');
select is(pg_temp.end_of(21), pg_temp.end_of(20), 'and the outcome the same');
select is(pg_temp.early(22), 'accepted', 'two without words: the first');
select is(pg_temp.early(22, 'another'), 'duplicate', 'the second');
select is(pg_temp.end_of(22), 'failed early 0 0 []',
    'the first stands, and the second is no revision');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(23), 'v23',
    'status-update', 'completed', 'ended', transcript => 'AI: Hi')),
    'accepted', 'words in a status');
select is(pg_temp.early(23), 'accepted', 'then a report without any');
select is(pg_temp.late(23), 'accepted', 'then one with words');
select is(pg_temp.end_of(23), pg_temp.end_of(20), 'which stands');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(22), 'v22',
    'end-of-call-report', 'completed', transcript => E' \n',
    details => '{"left_out": ["messages"]}')), 'accepted',
    'blanks are no words');
select is((pg_temp.call(22)).status, 'failed', 'and replace nothing');
select is(details, '{"left_out": ["messages"]}',
    'what was left out stands in the inbox')
from callward.webhook_events where details is not null;
select is(array_agg(has order by nth), array[true, true, true, false, false],
    'words, a summary or turns are content')
from (values (1, 'a', null, null), (2, null, 'a', null),
    (3, null, null, '[{"message": "a"}]'::jsonb), (4, null, null, null), (5, ' ', E'\n', null))
    v (nth, transcript, summary, messages),
    callward.has_words(jsonb_populate_record(null::public.calls,
        jsonb_build_object('transcript', transcript, 'summary', summary,
        'messages', messages))) has;

-- A quarantined line is applied: it becomes the accepted one.
create function pg_temp.keep(i integer, reason text,
    details text default null) returns text language sql as $$
	select tap.door(format('record_event(%L, ''vapi'', null, null, null,'
	    ' ''quarantined'', %L, %L, %L, 42, ''\x010203'')', tap.u(i), reason,
	    details, decode(to_hex(i), 'hex')))
$$;
create function pg_temp.line(i integer) returns callward.webhook_events
language sql as
$$ select * from callward.webhook_events where id = tap.u(i) $$;
create function pg_temp.lines() returns bigint language sql as
$$ select count(*) from callward.webhook_events $$;
create function pg_temp.apply(line integer, call integer, body text,
    vapi text default null, reason text default null)
returns callward.filing language sql as $$
	select pg_temp.event('user_a', tap.u(call), coalesce(vapi, 'v' || call),
	    'end-of-call-report', 'completed', reason, transcript => 'AI: kept',
	    number => tap.u(801), details => '{"left_out": ["cost"]}',
	    line => tap.u(line), received => '2026-01-06T07:00:00Z',
	    body => body)
$$;
select pg_temp.keep(16, 'unreadable_json', details => '{"a": 1}') \g /dev/null
update callward.webhook_events set received_at = '2026-01-06T07:00:00Z'
where id = tap.u(16);
select pg_temp.everything() as before \gset
select is(pg_temp.apply(16, 24, '\x11'),
    ('duplicate', null, null, null)::callward.filing, 'another body''s line');
select is(pg_temp.apply(17, 24, '\x10'),
    ('duplicate', null, null, null)::callward.filing, 'no line');
select is(pg_temp.said(pg_temp.apply(16, 1, '\x10', 'v9')),
    'quarantined call_mismatch', 'a message that still fits nowhere');
select is(pg_temp.everything(), :'before', 'nothing was written');
select is((pg_temp.line(16)).verdict, 'quarantined', 'the line stays');
select isnt((pg_temp.line(16)).body, null, 'with its body');
select pg_temp.lines() as before \gset
select is(pg_temp.apply(16, 24, '\x10'),
    ('accepted', null, 'user_a', tap.u(24))::callward.filing, 'one that fits');
select is(pg_temp.lines(), :'before'::bigint, 'no line came to it');
select results_eq($$ select verdict, reason, user_id, call_id, event_type,
    provider_call_id, details, body, applied_at = now(), received_at,
    body_bytes from pg_temp.line(16) $$, $$ values ('accepted', null::text,
    'user_a' collate "C", tap.u(24), 'end-of-call-report', 'v24',
    '{"a": 1, "left_out": ["cost"],
    "quarantined_as": "unreadable_json"}'::jsonb, null::bytea, true,
    '2026-01-06T07:00:00Z'::timestamptz, 42) $$,
    'the line is the accepted one, without its body');
select results_eq($$ select created_at, report_at, transcript
    from pg_temp.call(24) $$, $$ values ('2026-01-06T07:00:00Z'::timestamptz,
    '2026-01-06T07:00:00Z'::timestamptz, 'AI: kept') $$,
    'the call is of when the message came');
select is(is_stale, true, 'so is its day') from public.call_days
where user_id = 'user_a' and day = '2026-01-06';
select pg_temp.everything() as before \gset
select is(pg_temp.apply(16, 24, '\x10', reason => 'other'),
    ('duplicate', null, 'user_a', tap.u(24))::callward.filing, 'once');
select is(pg_temp.everything(), :'before', 'and no more');
select pg_temp.keep(18, 'unknown_call') \g /dev/null
update callward.webhook_events set provider = 'twilio' where id = tap.u(18);
select is(pg_temp.said(pg_temp.apply(18, 24, '\x12')), 'duplicate',
    'a line of Twilio''s is not applied');
select pg_temp.keep(19, 'refused_by_database') \g /dev/null
select is(pg_temp.said(pg_temp.event('user_a', tap.u(24), 'v24',
    'end-of-call-report', 'completed', transcript => 'AI: otherwise',
    line => tap.u(19), received => '2026-01-06T08:00:00Z', body => '\x13')),
    'accepted revision', 'a second report of the call');
select is((pg_temp.call(24)).revisions, jsonb_build_array(jsonb_build_object(
    'at', '2026-01-06T08:00:00Z'::timestamptz, 'values',
    '{"transcript": "AI: otherwise"}'::jsonb)), 'is one of when it came');
select is((pg_temp.line(19)).reason, 'revision', 'and its line says so');
select pg_temp.keep(25, 'too_large') \g /dev/null
select is(pg_temp.said(pg_temp.event('user_a', tap.u(24), 'v24',
    'end-of-call-report', 'no-answer', transcript => 'AI: first',
    line => tap.u(25), received => '2026-01-06T06:00:00Z', body => '\x19')),
    'accepted revision', 'one that came before the first');
select results_eq($$ select status, transcript, report_at, revisions -> 1
    from pg_temp.call(24) $$, $$ values ('no-answer', 'AI: first',
    '2026-01-06T06:00:00Z'::timestamptz, jsonb_build_object('at',
    '2026-01-06T07:00:00Z'::timestamptz, 'values',
    '{"transcript": "AI: kept"}'::jsonb)) $$,
    'stands, and what stood is the revision');

-- A report that comes again is known by its digest, whatever came between, and
-- what else it holds is not read: here it is no JSON, or tells something else.
create function pg_temp.again(i integer, digest text, said text,
    messages text default 'no JSON', received text default null,
    line integer default null, tenant text default 'user_a',
    reason text default 'customer-ended-call')
returns text language sql as $$
	select pg_temp.said(pg_temp.event(tenant, tap.u(i), 'v' || i,
	    'end-of-call-report', 'completed', reason, transcript => said,
	    messages => messages, number => case tenant when 'user_a'
	        then tap.u(801) else tap.u(802) end, received => received,
	    digest => digest, line => tap.u(line), body => case when line is null
	        then '\x01' else '\x' || to_hex(line) end))
$$;
select is(pg_temp.again(120, '\x01aa', 'AI: one', '[]'), 'accepted',
    'a report with a digest');
select pg_temp.call(120)::text as before, pg_temp.lines() as lines \gset
select is(pg_temp.again(120, '\x01aa', 'AI: other'), 'duplicate',
    'again: a duplicate');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(120), 'v120',
    'status-update', 'ringing')), 'stale', 'a state of before');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(120), 'v120',
    'status-update', 'completed', 'ended')), 'duplicate', 'its end, once more');
select is(pg_temp.again(120, '\x01aa', 'AI: other'), 'duplicate',
    'and again behind them');
select is(pg_temp.event(null, null, 'v120', 'end-of-call-report',
    messages => 'no JSON', digest => '\x01aa'),
    ('duplicate', null, 'user_a', tap.u(120))::callward.filing,
    'also where the row says whose it is');
select is(pg_temp.call(120)::text, :'before', 'the call is as it was');
select is(pg_temp.lines(), (:lines + 5)::bigint,
    'and each left its line in the inbox');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(121), 'v121',
    'status-update', 'in-progress', number => tap.u(801))), 'accepted',
    'another call is under way');
select is(pg_temp.again(121, '\x01aa', 'AI: two', '[]'), 'accepted',
    'a digest says nothing of another call');
select is((pg_temp.call(121)).transcript, 'AI: two', 'whose report is stored');
select is(pg_temp.again(122, '\x01aa', 'AI: B', '[]', tenant => 'user_b'),
    'accepted', 'nor of another tenant''s');
select is((pg_temp.call(122)).user_id || (pg_temp.call(122)).transcript,
    'user_bAI: B', 'which is stored there');
select pg_temp.everything() as before \gset
select is(pg_temp.again(120, '\x01aa', 'AI: one', tenant => 'user_b'),
    'quarantined owner_mismatch',
    'under another tenant''s seal it is nobody''s report');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(120), 'v121',
    'end-of-call-report', digest => '\x01aa')), 'quarantined call_mismatch',
    'nor that of another Vapi call');
select is(pg_temp.everything(), :'before', 'of these nothing was written');
select is(pg_temp.again(120, '\x00aa', 'AI: one', '[]'), 'duplicate',
    'one that an older reader read is read anew');
select is(pg_temp.again(120, '\x02aa', 'AI: more', '[]'), 'accepted revision',
    'as is one that a newer one reads otherwise');
select is(pg_temp.again(120, '\x02aa', 'AI: more'), 'duplicate',
    'which is known from then on');
select is(pg_temp.again(120, '\x01aa', 'AI: one', '[]'), 'duplicate',
    'the first, again, is compared');
select is(pg_temp.said(pg_temp.event('user_a', tap.u(120), 'v120',
    'end-of-call-report', 'completed', 'customer-ended-call',
    transcript => 'AI: one')), 'duplicate', 'and so is one without a digest');
select is(report_digest, '\x02aa', 'it is that of the one that changed the call')
from pg_temp.call(120);

-- The time at which it came counts as before, and so does a quarantined line.
select is(pg_temp.again(123, '\x01aa', 'AI: one', '[]',
    received => '2026-01-06T09:00:00Z'), 'accepted', 'from the spool');
select is(pg_temp.again(123, '\x01aa', 'AI: one',
    received => '2026-01-06T09:00:00Z'), 'duplicate', 'twice');
select is(pg_temp.again(123, '\x01aa', 'AI: one'), 'duplicate', 'and live');
select is(pg_temp.again(123, '\x01aa', 'AI: one', '[]',
    received => '2026-01-06T08:00:00Z'), 'accepted', 'one that came before');
select is((pg_temp.call(123)).report_at, '2026-01-06T08:00:00Z'::timestamptz,
    'is when it came');
select pg_temp.keep(26, 'refused_by_database') \g /dev/null
select is(pg_temp.again(123, '\x01aa', 'AI: one', line => 26), 'duplicate',
    'a quarantined line that has it');
select is(concat((pg_temp.line(26)).verdict, ' ', (pg_temp.line(26)).call_id,
    (pg_temp.line(26)).body), 'accepted ' || tap.u(123),
    'is settled by it, and has no body any more');
select is(string_agg(pg_temp.again(123, '\x01' || to_hex(160 + i),
    'AI: ' || i, '[]'), ',' order by i), 'accepted revision,accepted revision,'
    'accepted revision,accepted revision,accepted revision,'
    'accepted revision_limit', 'five that differ are kept beside')
from generate_series(1, 6) i;
select is(pg_temp.again(123, '\x01a6', 'AI: 6', '[]'),
    'accepted revision_limit', 'what was not kept is said each time');

-- Bodies of calls that nobody knows: so many a day.
delete from callward.webhook_events;
insert into callward.webhook_events (provider, verdict, reason, received_at)
select 'vapi', 'quarantined', (array['unknown_call',
    'unsealed_metadata'])[1 + i % 2], now() from generate_series(1, 998) i
union all
select 'vapi', 'quarantined', 'unknown_call',
    date_trunc('day', now(), 'UTC') - i * interval '1 second'
from generate_series(1, 2000) i
union all
select 'vapi', 'quarantined', 'bad_metadata', now()
from generate_series(1, 2000) i;
select pg_temp.keep(i, r) from (values (100, 'unknown_call'),
    (101, 'unsealed_metadata'), (102, 'unknown_call'),
    (103, 'unsealed_metadata'), (104, 'bad_metadata')) v (i, r) \g /dev/null
select is(array_agg((pg_temp.line(i)).body is not null order by i),
    array[true, true, false, false, true],
    'a thousand bodies a day of calls that nobody knows, then the line alone')
from generate_series(100, 104) i;
select is((pg_temp.line(102)).body_bytes, 42, 'which tells its size');
select is(tap.door(format('record_event(%L, ''vapi'', null, ''v'', null,'
    ' ''quarantined'', ''unknown_call'', null, null, 42, ''\x01'','
    ' ''2026-01-01T00:00:00Z'')', tap.u(110))), tap.u(110)::text,
    'one more, that waited in the spool');
select results_eq($$ select body, received_at from callward.webhook_events
    where id = tap.u(110) $$, $$ values ('\x01'::bytea,
    '2026-01-01T00:00:00Z'::timestamptz) $$,
    'is kept, as of when it came');

-- Twilio's own words on a call.
create function pg_temp.status(sid integer, sender text, status text,
    seconds integer default null)
returns callward.filing language sql as $$
	select tap.door(format('apply_status(%L, %L, %L, %L)', tap.sid(sid),
	    sender, status, seconds))::callward.filing
$$;
insert into public.calls (id, user_id, phone_number_id, caller_phone_number,
    assistant_phone_number, twilio_call_sid)
values (tap.u(7), 'user_a', tap.u(801), '+15551111111', '+15559999999',
    tap.sid(7));
insert into callward.call_answers (call_sid, sender, call_id)
values (tap.sid(70), '+15553333333', tap.u(70));
select pg_temp.everything() as before \gset
select is(pg_temp.said(pg_temp.status(99, '+15551111111', 'completed')),
    'quarantined unknown_call', 'a CallSid that was never seen');
select is(pg_temp.said(pg_temp.status(70, '+15551111111', 'completed')),
    'quarantined unknown_call', 'nor with this From');
select is(pg_temp.said(pg_temp.status(70, '+15553333333', 'completed')),
    'stale', 'one that was no tenant''s call');
select is(pg_temp.said(pg_temp.status(7, '+15552222222', 'completed')),
    'quarantined call_sid_mismatch', 'a call from another number');
select is(pg_temp.everything(), :'before', 'nothing was written');
select is(pg_temp.status(7, '+15551111111', 'in-progress'),
    ('accepted', null, 'user_a', tap.u(7))::callward.filing, 'in progress');
select is(pg_temp.said(pg_temp.status(7, '+15551111111', 'ringing')),
    'stale', 'ringing comes late');
select is(pg_temp.said(pg_temp.status(7, '+15551111111', 'completed', 5)),
    'accepted', 'completed');
select is(pg_temp.said(pg_temp.status(7, '+15551111111', 'completed', 5)),
    'duplicate', 'and again');
select results_eq($$ select status, ended_reason, duration_seconds,
    ended_at is not null from pg_temp.call(7) $$,
    $$ values ('completed', 'twilio-completed', 5, true) $$, 'is its end');
insert into public.calls (id, user_id, phone_number_id, caller_phone_number,
    assistant_phone_number, twilio_call_sid)
values (tap.u(8), 'user_a', tap.u(801), '+15551111111', '+15559999999',
    tap.sid(8));
select is(pg_temp.said(tap.door(format('apply_status(%L, ''+15551111111'','
    ' ''completed'', 9, ''2026-01-01T00:00:09Z'')', tap.sid(8)))
    ::callward.filing), 'accepted', 'a status that waited in the spool');
select results_eq($$ select ended_at, (select received_at
    from callward.webhook_events e where e.call_id = tap.u(8))
    from pg_temp.call(8) $$, $$ values ('2026-01-01T00:00:09Z'::timestamptz,
    '2026-01-01T00:00:09Z'::timestamptz) $$, 'ended when it came');

-- The inbox, and the version.
select is(tap.door(format('record_event(%L, ''vapi'', %L, %L, %L,'
    ' ''quarantined'', ''bad_seal'', ''{"a": 1}'', ''\x02'', 3,'
    ' ''\x010203'')', tap.u(500), repeat('t', 500), repeat('c', 500),
    repeat('s', 500))), tap.u(500)::text, 'record_event gives the id back');
select is(tap.door(format('record_event(%L, ''vapi'', null, null, null,'
    ' ''quarantined'', ''bad_seal'', null, null, null, null)', tap.u(500))),
    tap.u(500)::text, 'sent again too');
select results_eq($$ select provider, length(event_type),
    length(provider_call_id), length(twilio_call_sid), verdict, reason,
    user_id is null, details::text, body_sha256, body_bytes, body
    from callward.webhook_events where id = tap.u(500) $$, $$ values
    ('vapi', 64, 128, 64, 'quarantined', 'bad_seal', true, '{"a": 1}',
    '\x02'::bytea, 3, '\x010203'::bytea) $$, 'one line, its texts bounded');
select is(tap.outcome('callward_intake', '', format('select
    callward.record_event(%L, ''vapi'', null, null, null, ''nonsense'',
    null, null, null, null, null)', tap.u(501))), '23514',
    'a verdict that does not exist is refused');
select is(tap.door('ping()'), (select max(version)::text
    from callward.schema_migrations), 'ping gives the version');

-- The columns hold the line themselves.
select throws_ok($$ update public.calls set duration_seconds = -1 $$,
    '23514', null, 'no negative duration');
select throws_ok($$ update public.calls set cost_usd = -1 $$, '23514', null,
    'no negative cost');
select throws_ok($$ update public.calls set status = 'nonsense' $$, '23514',
    null, 'no unknown status');
select throws_ok($$ update public.calls set twilio_call_sid = 'CA1' $$,
    '23514', null, 'no malformed CallSid');
select throws_ok($$ update public.calls set user_id = 'user a' $$, '23514',
    null, 'no malformed tenant');
select throws_ok($$ update public.calls set user_id = repeat('a', 65) $$,
    '23514', null, 'no endless tenant');
select throws_ok($$ update public.calls set user_id = '' $$, '23514', null,
    'no empty tenant');
select throws_ok($$ update public.calls set phone_number_id = tap.u(802)
    where user_id = 'user_a' $$, '23503', null,
    'no call of a tenant points to another''s number');
delete from public.phone_numbers where id = tap.u(801);
select is((select count(*) from public.calls where user_id = 'user_a'
    and phone_number_id is null), (select count(*) from public.calls
    where user_id = 'user_a'), 'a deleted number leaves its calls');
select is((pg_temp.call(1)).user_id, 'user_a', 'to their owner');

select * from finish();
rollback;

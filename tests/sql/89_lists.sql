-- The work of one page has an end: pages that end early, joined, are what a
-- scan of the whole table finds, no call twice and none missing.
begin;
set search_path = tap, public;
select plan(38);
select tap.scenario();

-- Ten calls a day for two years, each with all letters in its transcript but
-- the last; what is asked for below is rare among them.
insert into public.calls (id, user_id, phone_number_id, caller_phone_number,
    assistant_phone_number, twilio_call_sid, status, follow_up_state,
    after_hours, tags, transcript, created_at)
select tap.u(i), 'user_a', case when i > 3500 then tap.u(801) end,
    '+1555' || lpad((i % 2000)::text, 7, '0'), '+15559999999', tap.sid(i),
    case when i % 1000 = 1 then 'failed' when i % 3000 = 0 then 'completed'
        else 'no-answer' end,
    case when i < 3500 then 'open' else 'done' end, i % 2 = 0,
    case when i % 1500 = 7 then '{rare}' else '{}' end::text[],
    'a b c d e f g h i j k l m n o p q r s t u v w x y'
        || case when i % 1000 in (1, 7) then ' z' else '' end
        || case when i % 20 = 3 then ' ä' else '' end,
    '2026-06-01Z'::timestamptz - i * interval '144 minutes'
from generate_series(1, 7000) i;
-- A clinic that is told of no end, some of its calls at the same moment.
insert into public.calls (id, user_id, caller_phone_number,
    assistant_phone_number, twilio_call_sid, status, created_at)
select tap.u(10000 + i), 'user_b', '+1555000' || lpad((i % 700)::text, 4, '0'),
    '+15559999999', tap.sid(10000 + i), 'in-progress',
    '2026-06-01Z'::timestamptz - i / 1200 * interval '36 hours'
from generate_series(1, 4000) i;
select ok(tap.index() > 10, 'all get their words');
analyze public.calls;

-- The pages of a list, joined. adding: one more call that would be found is
-- made before each page but the first, and gone in the end.
create function pg_temp.joined(tenant text, asked jsonb,
	adding boolean default false, most integer default 5,
	out ids uuid[], out pages integer, out early integer)
language plpgsql as $$
declare
	page json;
	at timestamptz;
	id uuid;
	got uuid[];
begin
	ids := '{}';
	pages := 0;
	early := 0;
	loop
		perform set_config('role', 'callward_tenant', true);
		perform set_config('request.jwt.claims', json_build_object(
		    'sub', tenant)::text, true);
		page := callward.calls_page(most, at, id,
		    callward.asked_filter(asked));
		perform set_config('role', 'none', true);
		got := array(select (c ->> 'id')::uuid
		    from json_array_elements(page -> 'data') c);
		ids := ids || got;
		pages := pages + 1;
		exit when page ->> 'next_cursor' is null;
		early := early + (cardinality(got) < most)::integer;
		at := split_part(page ->> 'next_cursor', '_', 1);
		id := split_part(page ->> 'next_cursor', '_', 2);
		if adding then
			insert into public.calls (user_id, caller_phone_number,
			    assistant_phone_number, status, transcript,
			    created_at)
			values (tenant, '+15550000001', '+15559999999',
			    'failed', 'a b c d e f g h i j k l m n o p q r s t'
			    ' u v w x y z', '2026-06-02Z');
		end if;
		assert pages < 3000;
	end loop;
	delete from public.calls where created_at = '2026-06-02Z';
end $$;

create function pg_temp.scanned(tenant text, wanted text) returns uuid[]
language plpgsql as $$
declare
	ids uuid[];
begin
	execute 'select coalesce(array_agg(id order by created_at desc,'
	    ' id desc), ''{}'') from public.calls where user_id = $1 and '
	    || wanted into ids using tenant;
	return ids;
end $$;

\set letters 'a b c d e f g h i j k l m n o p q r s t u v w x y z'
create temporary table asked as
select n, asked::jsonb, wanted, ends_early from (values
	(1, '{"status": "completed"}', 'status = ''completed''', true),
	(2, '{"status": "completed", "outcome": "after_hours"}',
	    'status = ''completed'' and after_hours', false),
	(3, '{"follow_up": "open", "phone_number_id": "' || tap.u(801)
	    || '"}', 'false', false),
	(4, '{"follow_up": "none"}', 'false', true),
	(5, '{"outcome": "missed", "status": "completed"}', 'false', true),
	(6, '{"q": "' || :'letters' || '"}', 'transcript like ''%z''', true),
	(7, '{"q": "' || :'letters' || '", "status": "failed"}',
	    'status = ''failed''', false),
	(8, '{"q": "' || :'letters' || '", "follow_up": "done",'
	    ' "since": "2025-01-01T00:00:00Z"}', 'transcript like ''%z'''
	    ' and follow_up_state = ''done'' and created_at >= ''2025-01-01Z''',
	    false),
	(9, '{"q": "' || :'letters' || '", "tag": "rare",'
	    ' "until": "2026-01-01T00:00:00Z"}', 'tags = ''{rare}'''
	    ' and transcript like ''%z'' and created_at < ''2026-01-01Z''',
	    true),
	(10, '{"number": "+15550000001"}',
	    'caller_phone_number = ''+15550000001''', false),
	(11, '{"follow_up": "needed", "outcome": "after_hours",'
	    ' "status": "failed"}', 'false', false)
) listed (n, asked, wanted, ends_early);

select is(j.ids, pg_temp.scanned('user_a', wanted), asked::text)
from asked, pg_temp.joined('user_a', asked) j order by n;
select is(array_agg(n) filter (where (j.early > 0) <> ends_early), null,
    'pages end early where they have to, and nowhere else')
from asked, pg_temp.joined('user_a', asked) j;

-- The same while calls are added: those that were there, once each.
create temporary table stood as
select n, asked, pg_temp.scanned('user_a', wanted) as ids from asked
where n in (1, 6, 7, 8, 10);
select is(j.ids, s.ids, 'while calls are added: ' || s.asked::text)
from stood s, pg_temp.joined('user_a', s.asked, true) j order by n;
select is(pg_temp.scanned('user_a', 'created_at < ''2026-06-02Z'''), j.ids,
    'without a filter, too')
from pg_temp.joined('user_a', '{"until": "2026-06-02T00:00:00Z"}',
    most => 1000) j;
select is(j.ids, pg_temp.scanned('user_a', 'transcript like ''%ä'''),
    'with a call that is found on every second day')
from pg_temp.joined('user_a', '{"q": "a b c d e f g h i j k l m n o p q r s t'
    ' u v w x y ä"}', most => 200) j
where j.early > 0;

-- Calls under way, which have no words.
select is(j.ids, pg_temp.scanned('user_b',
    'caller_phone_number = ''+15550000003'''), 'of many calls under way')
from pg_temp.joined('user_b', '{"number": "+15550000003"}') j
where j.early > 0;
select is(j.ids, pg_temp.scanned('user_b', 'caller_phone_number ='
    ' ''+15550000003'' and created_at < ''2026-05-31Z'''),
    'and of those before a day')
from pg_temp.joined('user_b', '{"number": "+15550000003",'
    ' "until": "2026-05-31T00:00:00Z", "outcome": "answered"}') j;
select is(j.ids, '{}', 'which are not another tenant''s')
from pg_temp.joined('user_c', '{"number": "+15550000003"}') j;
select is(callward.search_terms('We were here, HERE, we', '+1', 'x', null),
    array['where', 'wwere', 'n+1', 'tx'],
    'a word that begins another is not searched');

-- Four to fifteen digits are the end of a number, or begin a word.
select is(callward.search_terms('Room 7786 778', '7786', null, null),
    array['d7786', 'w778', 'wroom', 'r7786'],
    'digits are looked for as the end of a number, too');
select is(j.ids, pg_temp.scanned('user_a', 'caller_phone_number like'
    ' ''%1234'''), 'the end of a number finds its calls')
from pg_temp.joined('user_a', '{"number": "1234"}') j;
select is(j.ids, pg_temp.scanned('user_b', 'caller_phone_number like'
    ' ''%0012'''), 'also while they are under way')
from pg_temp.joined('user_b', '{"q": "0012"}') j;
select is(j.ids, '{}', 'and not in the middle of one')
from pg_temp.joined('user_a', '{"number": "5550001"}') j;

select ok(tap.index() >= 0, 'nothing waits');
-- Calls of before have words that an earlier version made, here without the ends
-- of numbers: they are searched until they get those of this one.
update public.calls set search_words = (
    select array_to_tsvector(array_agg(lexeme)) from unnest(search_words)
    where lexeme !~ '^[0-9a-f]+r')
where user_id = 'user_a';
select is(j.ids, '{}', 'calls of before have no such lexemes')
from pg_temp.joined('user_a', '{"number": "1234"}') j;
create function pg_temp.run(batch text) returns void language plpgsql
as $$ begin execute batch; end $$;
\set batch `cat :'top'/sql/backfill/older_words.sql`
select pg_temp.run(:'batch');
select is(array[cardinality(j.ids)::text, callward.indexing()::text],
    '{4,0}', 'they are found as before, and do not wait for words')
from pg_temp.joined('user_a', '{"number": "+15550000001"}') j;
select is(before_at, 'infinity', 'those of a tenant are to be made anew')
from callward.to_reindex where user_id = 'user_a';
select ok(tap.index() >= 14, 'which happens in many turns');
select is_empty('select from callward.to_reindex', 'until none is left');
select is(j.ids, pg_temp.scanned('user_a', 'caller_phone_number like'
    ' ''%1234'''), 'and the ends of their numbers are found')
from pg_temp.joined('user_a', '{"number": "1234"}') j;

-- Fewer calls than tell how many come a day.
insert into public.calls (user_id, caller_phone_number, assistant_phone_number,
    status, transcript, created_at)
select 'user_d', '+15550000003', '+15559999999', 'completed',
    case when i = 120 then 'zebra' end,
    '2026-06-01Z'::timestamptz - i * interval '5 days'
from generate_series(1, 120) i;
select ok(tap.index() > 0, 'these get theirs');
select is(array[j.pages, cardinality(j.ids)], array[1, 1],
    'few calls are searched at once')
from pg_temp.joined('user_d', '{"q": "zebra"}') j;

-- A filter that the program reads and the database does not know would be left
-- out without a word.
\set filters `sed -n 's/^\t{ "\([a-z_]*\)", filter_.*/\1/p; s/^\tadd(given, "\([a-z]*\)", .*/\1/p; s/^\tlist = json_add_array(filter, "\([a-z]*\)");/\1/p' :'top'/fcgi/api/api_filter.c :'top'/fcgi/api/api_search.c | LC_ALL=C sort | paste -s -d ' ' -`
select is((select string_agg(attname, ' ' order by attname collate "C")
    from pg_attribute where attnum > 0 and not attisdropped
        and attrelid = 'callward.call_filter'::regclass), :'filters',
    'the filters of the program are the fields of the filter');
select * from finish();
rollback;

-- What the planner estimates tells nobody how many rows another tenant, or a
-- person, has: whatever is asked for, the estimate is the same.
begin;
set search_path = tap, public;
select plan(23);
select tap.scenario();

create function pg_temp.estimate(role text, query text) returns bigint
language plpgsql as $$
declare
	told json;
begin
	perform set_config('request.jwt.claims', '{"sub":"user_c"}', true);
	perform set_config('role', role, true);
	execute 'explain (format json) ' || query into told;
	perform set_config('role', 'none', true);
	return told -> 0 -> 'Plan' ->> 'Plan Rows';
end $$;

-- Each text that names something is of many rows of A's and few of B's.
insert into public.calls (user_id, caller_phone_number, assistant_phone_number,
    forwarded_from, diversion, recording_url, transcript, summary,
    success_evaluation, follow_up_note, follow_up_by, notes, tags, intent,
    structured_data, messages, analysis, phone_number_id, assistant_id,
    status, ended_reason, twilio_call_sid, vapi_call_id, created_at)
select 'user_' || who, n, '+15559999999', n, n, 'r' || who, 'words ' || who,
    's' || who, 'e' || who, 'n' || who, 'b' || who, 'o' || who, array[who],
    'i' || who, jsonb_build_object('intent', 'i' || who),
    jsonb_build_array(who), jsonb_build_object('x', who),
    case who when 'a' then tap.u(801) else tap.u(802) end,
    case who when 'a' then tap.u(901) else tap.u(902) end,
    'completed', 'customer-ended-call', tap.sid(5000 + i), 'v' || i,
    now() - i * interval '1 minute'
from generate_series(1, 3000) i
cross join lateral (select case when i % 100 = 0 then 'b' else 'a' end) w (who)
cross join lateral (select case who when 'a' then '+15557000001'
    else '+15557000002' end) p (n);
insert into public.intents (user_id, name, slug, description)
select case when i % 50 = 0 then 'user_b' else 'user_a' end, 'name',
    'slug_' || i, 'd' from generate_series(1, 500) i;
insert into public.phone_numbers (user_id, phone_number, label)
select 'user_' || case when i % 50 = 0 then 'b' else 'a' end,
    '+1555700' || 1000 + i, 'label' from generate_series(1, 500) i;
insert into public.call_days (user_id, day)
select 'user_' || case when i % 50 = 0 then 'b' else 'a' end,
    current_date - 1000 - i from generate_series(1, 500) i;
analyze;

-- A value that thousands of rows have, one that few have, one that none has.
create function pg_temp.told(role text, tab text, col text, vals text[])
returns text language sql as $$
	select string_agg(distinct pg_temp.estimate(role, format(
	    'select from public.%I where %I = %L', tab, col, v))::text, ' ')
	from unnest(vals) v
$$;
select matches(pg_temp.told(role, tab, col, vals), '^\d+$',
    format('%s.%s, as %s', tab, col, role))
from (values
    ('calls', 'user_id', '{user_a,user_b,user_x}'::text[]),
    ('calls', 'caller_phone_number', '{+15557000001,+15557000002,+1}'),
    ('calls', 'forwarded_from', '{+15557000001,+15557000002,+1}'),
    ('calls', 'diversion', '{+15557000001,+15557000002,+1}'),
    ('calls', 'transcript', '{words a,words b,x}'),
    ('calls', 'summary', '{sa,sb,x}'), ('calls', 'notes', '{oa,ob,x}'),
    ('calls', 'follow_up_by', '{ba,bb,x}'), ('calls', 'intent', '{ia,ib,x}'),
    ('calls', 'phone_number_id', array[tap.u(801), tap.u(802),
        tap.u(1)]::text[]),
    ('calls', 'assistant_id', array[tap.u(901), tap.u(902), tap.u(1)]::text[]),
    ('intents', 'user_id', '{user_a,user_b,user_x}'),
    ('phone_numbers', 'user_id', '{user_a,user_b,user_x}'),
    ('phone_numbers', 'label', '{label,x}'),
    ('call_days', 'user_id', '{user_a,user_b,user_x}')) t (tab, col, vals)
cross join (select 'callward_tenant') r (role);
select is(pg_temp.estimate('callward_tenant', 'select from public.calls'),
    pg_temp.estimate('callward_tenant',
        'select from public.calls where user_id = ''user_a'''),
    'as many as for all that one may see');
select is(count(distinct pg_temp.estimate('callward_tenant', format(
    'select from public.calls where user_id = %L and status = ''completed'''
    ' and created_at > now() - interval ''1 hour''', u))), 1::bigint,
    'beside other conditions, too') from unnest('{user_a,user_b,user_x}'::text[]) u;
-- Since 17 a column that the policy compares with one value is one group.
select ok(pg_temp.estimate('callward_tenant',
    'select user_id from public.intents group by 1') in (1,
    pg_temp.estimate('callward_tenant',
    'select slug from public.intents group by 1')),
    'nor how many tenants there are');

-- No list reads more of a large clinic for being taken for a small one.
create function pg_temp.calls_read() returns bigint language sql as $$
	select pg_stat_get_xact_tuples_returned(oid)
	    + pg_stat_get_xact_tuples_fetched(oid)
	from pg_class where oid = 'public.calls'::regclass
$$;
create function pg_temp.looked_at(filters jsonb) returns bigint
language plpgsql as $$
declare
	before bigint := pg_temp.calls_read();
begin
	perform set_config('request.jwt.claims', '{"sub":"user_a"}', true);
	perform set_config('role', 'callward_tenant', true);
	perform callward.calls_page(25, null, null,
	    callward.asked_filter(filters));
	perform set_config('role', 'none', true);
	return pg_temp.calls_read() - before;
end $$;
update public.calls set status = 'no-answer';
analyze public.calls;
select cmp_ok(pg_temp.looked_at('{"outcome": "missed"}'), '<', 500::bigint,
    'a list of missed calls looks at a page of them');

-- Each column that could name somebody, from the catalog: also one to come.
select is_empty($$
	select a.attrelid::regclass || '.' || a.attname
	from pg_attribute a
	where a.attrelid in (select callward.audited_tables())
	    and a.attnum > 0 and not a.attisdropped
	    and a.atttypid = any (array['text', 'varchar', 'bpchar', 'uuid',
	        'json', 'jsonb', 'text[]']::regtype[])
	    and coalesce(a.attstattarget, -1) <> 0
	    and a.attname not in ('id', 'status', 'twilio_call_sid',
	        'vapi_call_id', 'owner_rule', 'stir_verstat', 'ended_reason',
	        'follow_up_state', 'match_rule', 'open_action',
	        'closed_action', 'cap_behaviour')
$$, 'every column that names people, tenants or words has no statistics');
select is_empty($$
	select i.indexrelid::regclass from pg_index i
	where i.indrelid in (select callward.audited_tables())
	    and i.indexprs is not null
$$, 'and no index keeps any of what it computes');
select is_empty($$ select stxname from pg_statistic_ext
    where stxrelid in (select callward.audited_tables()) $$,
    'nor do statistics of several columns');
set local role callward_tenant;
select count(*) as seen from pg_stats
where schemaname = 'public' \gset
reset role;
select is(:'seen'::bigint, 0::bigint, 'statistics themselves are not shown');

select * from finish();
rollback;

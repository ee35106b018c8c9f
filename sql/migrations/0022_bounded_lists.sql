-- The work of one page has an end. The list of calls is walked, or its words
-- are searched, until the page is full or so much was looked at that it is
-- enough for one request: then the page tells up to where it came, and the
-- next one goes on from there. All bounds are numbers of calls and of days.

-- What a word is kept under, beside its tenant, is sixteen days now and not
-- one: each look for a rare word costs the index one descent for each of them.
-- A word is asked for by its beginning, so the days stand before it; numbers,
-- tags and intents are asked for whole, so the days stand behind them, and all
-- of one number are neighbours in the index.
create function callward.search_span(at timestamptz) returns integer
language sql immutable strict parallel safe
return ((search_span.at at time zone 'UTC')::date - date '1970-01-01') / 16;

create or replace function callward.search_words(
	user_id text, created_at timestamptz, numbers text[], tags text[],
	intent text, content text)
returns tsvector
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
	tenant constant text := callward.search_place(user_id, null);
	span constant text := to_hex(callward.search_span(created_at));
begin
	return array_to_tsvector(array(
	    select tenant || term || ' ' || span from (
	        select 'n' || left(n, 128) from unnest(numbers) n
	        where n is not null
	        union all
	        select 't' || t from unnest(tags) t
	        union all
	        select 'i' || intent where intent is not null
	    ) whole (term)
	    union all
	    select tenant || span || 'w' || w
	    from unnest(callward.search_split(content)) w));
end $$;

-- The words of calls that were kept by days. They are the same but for their
-- place, so no text is split again; nothing else of a call changes.
drop index public.calls_search_words;
alter table public.calls no force row level security;
alter table public.calls disable trigger user;
update public.calls c
set search_words = array_to_tsvector(array(
	select case left(term, 1) when 'w' then tenant || span || term
	    else tenant || term || ' ' || span end
	from (values (callward.search_place(user_id, null),
	        to_hex(callward.search_span(created_at)))) place (tenant, span)
	cross join lateral (
	    select substr(w, 1 + length(callward.search_place(user_id,
	        callward.search_day(created_at))))
	    from unnest(tsvector_to_array(search_words)) w) kept (term)))
where search_words is not null;
alter table public.calls enable trigger user;
alter table public.calls force row level security;
create index calls_search_words on public.calls using gin (search_words)
    with (gin_pending_list_limit = 256) where search_words is not null;
drop function callward.search_day(timestamptz);

drop function callward.list_calls(integer, timestamptz, uuid, text, text,
    timestamptz, timestamptz, text, text, text, text, text, uuid);
drop function callward.tenant_search(integer, integer, text[], timestamptz,
    uuid, integer);

-- What a call has to be, besides what it is found by (search_terms); since and
-- until: when it was.
create type callward.call_filter as (
	status text,
	follow_up text,
	outcome text,
	phone_number_id uuid,
	since timestamptz,
	until timestamptz
);

-- Calls that were found, newest first, and the place in the list that was
-- reached: of those behind it nothing is known yet. Null: there are none
-- behind, or as many as were asked for in front. a_day: how many calls a day
-- were looked at.
create type callward.walk as (
	ids uuid[],
	reached_at timestamptz,
	reached_id uuid,
	a_day integer
);

-- Calls a day, of n within this time.
create function callward.calls_a_day(n integer, since timestamptz,
	until timestamptz)
returns integer
language sql immutable parallel safe
return ceil(86400 * n / greatest(extract(epoch from until - since), 60));

-- Whether a call of the first four is what the others want; null: anything.
create function callward.call_passes(
	status text, follow_up_state text, after_hours boolean,
	phone_number_id uuid, wanted_status text, wanted_follow_up text,
	wanted_outcome text, wanted_number uuid)
returns boolean
language sql immutable parallel safe
return (wanted_status is null or status = wanted_status)
    and (wanted_follow_up is null or follow_up_state = wanted_follow_up
	or wanted_follow_up = 'needed'
	    and follow_up_state in ('open', 'in_progress'))
    and (wanted_outcome is null
	or wanted_outcome = 'after_hours' and after_hours
	or wanted_outcome = 'answered'
	    and status in ('completed', 'in-progress', 'forwarding')
	or wanted_outcome = 'missed'
	    and status in ('no-answer', 'busy', 'failed', 'canceled'))
    and (wanted_number is null or phone_number_id = wanted_number);

-- A word is found by its beginning: one that begins another needs no search.
create or replace function callward.search_terms(
	words text, number text, tag text, intent text)
returns text[]
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
	split constant text[] := callward.search_split(search_terms.words);
begin
	if coalesce(words, number, tag, intent) is null then
		return null;
	end if;
	return array(select distinct 'w' || w from unnest(split) w
	    where not exists (select from unnest(split) longer
	        where longer <> w and starts_with(longer, w)))
	    || array_remove(array['n' || left(number, 128), 't' || tag,
	        'i' || intent], null);
end $$;

-- All terms within one of these spans.
create or replace function callward.search_query(
	user_id text, first integer, last integer, terms text[])
returns tsquery
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
	tenant constant text := callward.search_place(user_id, null);
	hole constant text := E'\x01';
	-- the places of a word, and of any other term
	words text := '';
	others text := '';
	q text := '';
begin
	for s in first .. last loop
		words := words || '|''' || tenant || to_hex(s) || hole
		    || ''':*';
		others := others || '|''' || tenant || hole || ' ' || to_hex(s)
		    || '''';
	end loop;
	for n in 1 .. cardinality(terms) loop
		q := q || '&(' || replace(substr(case left(terms[n], 1)
		    when 'w' then words else others end, 2), hole,
		    replace(replace(terms[n], '\', '\\'), '''', ''''''))
		    || ')';
	end loop;
	return substr(q, 2)::tsquery;
end $$;

-- The indexes that have the order of the list and what a filter asks for.
create function callward.walks_of(f callward.call_filter) returns text[]
language plpgsql immutable parallel safe set search_path = ''
as $$
begin
	return coalesce(nullif(array_remove(array[
	    case when f.status <> 'completed' then 'status' end,
	    case when f.outcome <> 'answered' then f.outcome end,
	    case when f.follow_up <> 'none' then 'follow_up' end,
	    case when f.phone_number_id is not null then 'number' end],
	    null), '{}'), '{all}');
end $$;

-- Look at calls of one of those indexes (walks_of), from a place on (null: the
-- newest), until as many as most pass, or as many as bound were seen.
create function callward.walk_calls(
	f callward.call_filter, terms text[], way text, after_at timestamptz,
	after_id uuid, most integer, bound integer)
returns callward.walk
language plpgsql stable set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	-- two of them are two walks at once
	states constant text[] := case f.follow_up
	    when 'needed' then '{open,in_progress}' else array[f.follow_up] end;
	w callward.walk := ('{}', null, null, null);
	seen integer := 0;
	first_at timestamptz;
	span integer;
	at_span integer;
	q tsquery;
	c record;
begin
	for c in
		select l.* from unnest(states) state cross join lateral (
			select id, created_at, callward.call_passes(status,
			        follow_up_state, after_hours, phone_number_id,
			        f.status, f.follow_up, f.outcome,
			        f.phone_number_id) as passes,
			    -- one under way has no words yet
			    case when terms is not null then coalesce(
			        search_words, callward.search_words(user_id,
			            created_at, array[caller_phone_number,
			            assistant_phone_number, forwarded_from],
			            tags, null, null)) end as words
			from public.calls
			where user_id = me
			    and (way <> 'status' or status = f.status)
			    and (way <> 'missed' or status in ('no-answer',
			        'busy', 'failed', 'canceled'))
			    and (way <> 'after_hours' or after_hours)
			    and (way <> 'follow_up' or follow_up_state = state
			        and follow_up_state <> 'none')
			    and (way <> 'number'
			        or phone_number_id = f.phone_number_id)
			    and (walk_calls.after_at is null or (created_at, id)
			        < (walk_calls.after_at, walk_calls.after_id))
			    and (f.since is null or created_at >= f.since)
			    and (f.until is null or created_at < f.until)
			order by created_at desc, id desc
			limit bound
		) l
		order by created_at desc, id desc
		limit bound
	loop
		if c.passes and terms is not null then
			at_span := callward.search_span(c.created_at);
			if span is distinct from at_span then
				span := at_span;
				q := callward.search_query(me, span, span,
				    terms);
			end if;
			c.passes := c.words @@ q;
		end if;
		if c.passes then
			w.ids := w.ids || c.id;
			exit when cardinality(w.ids) = most;
		end if;
		seen := seen + 1;
		first_at := coalesce(first_at, c.created_at);
		if seen = bound then
			w.reached_at := c.created_at;
			w.reached_id := c.id;
			w.a_day := callward.calls_a_day(bound, c.created_at,
			    first_at);
		end if;
	end loop;
	return w;
end $$;

-- The tenant's calls that have all terms and pass, from a place on: spans
-- of days are searched from the newest one back, more at a time the fewer calls
-- they have and the less was found. The bound is work, each unit about what it
-- takes to find one more call in an index; span_most is how much of it a span
-- is worth, null: there is no other way.
create function callward.tenant_search(
	f callward.call_filter, terms text[], after_at timestamptz,
	after_id uuid, most integer, bound integer, span_most integer)
returns callward.walk
language plpgsql stable security definer set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	plain constant boolean := coalesce(f.status, f.follow_up, f.outcome)
	    is null and f.phone_number_id is null;
	w callward.walk := ('{}', null, null, null);
	last integer := callward.search_span(after_at);
	oldest timestamptz;
	until_span integer;
	a_span integer;
	span_costs integer;
	step integer;
	got uuid[];
	more timestamptz;
begin
	select created_at into oldest from public.calls
	where user_id = me order by created_at limit 1;
	select created_at into more from public.calls
	where user_id = me and created_at < tenant_search.after_at
	order by created_at desc offset 99 limit 1;
	until_span := callward.search_span(greatest(oldest, f.since));
	a_span := 16 * case when more is null then 1 else
	    callward.calls_a_day(100, more, tenant_search.after_at) end;
	-- each term is looked for in each span; the shorter a word, the more
	-- begin with it
	span_costs := (select sum(8 + case when t !~ '^w' then 0
	    else a_span / (array[1, 4, 64])[least(length(t) - 1, 3)] end)
	    from unnest(terms) t);
	if span_costs > span_most then
		w.reached_at := tenant_search.after_at;
		w.reached_id := tenant_search.after_id;
		return w;
	end if;
	step := greatest(2000 / a_span, 1);
	while last >= until_span and cardinality(w.ids) < most and bound > 0
	    and (span_most is null or span_costs <= span_most) loop
		step := least(step, last - until_span + 1,
		    bound / span_costs + 1, 512 / cardinality(terms) + 1);
		got := callward.calls_with(me, last - step + 1, last, terms,
		    tenant_search.after_at, tenant_search.after_id,
		    case when plain then most - cardinality(w.ids) end);
		span_costs := greatest(span_costs,
		    8 * cardinality(terms) + 4 * cardinality(got) / step);
		bound := bound - step * span_costs;
		w.ids := w.ids || case when plain then got else array(
		    select c.id
		    from unnest(got) found (id) cross join lateral (
		        select * from public.calls
		        where user_id = me and id = found.id offset 0) c
		    where callward.call_passes(c.status, c.follow_up_state,
		        c.after_hours, c.phone_number_id, f.status,
		        f.follow_up, f.outcome, f.phone_number_id)
		    order by c.created_at desc, c.id desc) end;
		last := last - step;
		step := step * 4;
	end loop;
	if last >= until_span and cardinality(w.ids) < most then
		w.reached_at := (date '1970-01-01' + 16 * (last + 1))::timestamp
		    at time zone 'UTC';
	end if;
	-- those under way have no words yet; a clinic that is told of no end
	-- may have many
	select created_at into more from public.calls
	where user_id = me and status in ('initiated', 'ringing',
	        'in-progress', 'forwarding')
	    and (created_at, id)
	        < (tenant_search.after_at, tenant_search.after_id)
	order by created_at desc offset 1000 limit 1;
	w.reached_at := greatest(w.reached_at, more);
	oldest := coalesce(greatest(w.reached_at, f.since), '-infinity');
	got := array(select id from public.calls
	    where user_id = me and status in ('initiated', 'ringing',
	            'in-progress', 'forwarding')
	        and search_words is null and created_at >= oldest
	        and (created_at, id)
	            < (tenant_search.after_at, tenant_search.after_id)
	        and callward.call_passes(status, follow_up_state, after_hours,
	            phone_number_id, f.status, f.follow_up, f.outcome,
	            f.phone_number_id)
	        and tenant_search.terms <@ (array[
	            'n' || left(caller_phone_number, 128),
	            'n' || left(assistant_phone_number, 128),
	            'n' || left(forwarded_from, 128)]
	            || array(select 't' || t from unnest(tags) t)));
	if got = '{}' and coalesce(more, f.since) is null then
		-- in order as they were found
		w.ids := w.ids[1:most];
	else
		-- one by one: to compare with all ids at once, a whole index
		-- of a tenant was walked who is much larger than the others
		w.ids := array(select c.id from unnest(w.ids || got) found (id)
		    cross join lateral (select id, created_at from public.calls
		        where user_id = me and id = found.id offset 0) c
		    where created_at >= oldest
		    order by created_at desc, c.id desc
		    limit most);
	end if;
	if cardinality(w.ids) = most then
		w.reached_at := null;
	end if;
	w.reached_id := case when w.reached_at is not null
	    then '00000000-0000-0000-0000-000000000000'::uuid end;
	return w;
end $$;

-- One page of the tenant's calls that pass all that is asked for. A filter is
-- walked along the index in which it goes back furthest. Of words the newest
-- calls are looked at first, and as many as it takes if some are found, which
-- is enough for common ones; then spans are searched, if it takes less than to
-- look at each call of the filter's index, about twelve units of work; and then
-- those are walked on.
create function callward.list_calls(
	most integer, after_at timestamptz, after_id uuid, status text,
	number text, since timestamptz, until timestamptz, words text,
	follow_up text, outcome text, tag text, intent text,
	phone_number_id uuid)
returns callward.walk
language plpgsql stable set search_path = ''
as $$
declare
	f constant callward.call_filter := (status, follow_up, outcome,
	    phone_number_id, since, until);
	terms constant text[] := callward.search_terms(words, number, tag,
	    intent);
	ways constant text[] := callward.walks_of(f);
	-- then a walk meets none that does not pass
	simple constant boolean := num_nonnulls(status, follow_up, outcome,
	    phone_number_id) = case ways when '{all}' then 0 else 1 end;
	w callward.walk := ('{}', null, null, null);
	next callward.walk;
	way text;
	best text;
begin
	if terms = '{}' then
		return w;
	end if;
	foreach way in array ways loop
		next := callward.walk_calls(f, terms, way, after_at, after_id,
		    most, case when terms is not null then 32 when simple
		        then most else most + 200 end);
		if best is null or next.reached_at is null
		    or next.reached_at < w.reached_at then
			w := next;
			best := way;
		end if;
		exit when w.reached_at is null;
	end loop;
	if w.reached_at is not null and cardinality(w.ids) >= 2
	    and terms is not null then
		next := callward.walk_calls(f, terms, best, w.reached_at,
		    w.reached_id, most - cardinality(w.ids),
		    least(32 * most / cardinality(w.ids), 4000));
		w := (w.ids || next.ids, next.reached_at, next.reached_id,
		    w.a_day);
	end if;
	if w.reached_at is not null and terms is not null then
		next := callward.tenant_search(f, terms, w.reached_at,
		    w.reached_id, most - cardinality(w.ids), 40000,
		    case when best <> 'all' then w.a_day * 16 * 12 end);
		w := (w.ids || next.ids, next.reached_at, next.reached_id,
		    null);
	end if;
	if w.reached_at is not null and (terms is null or best <> 'all') then
		next := callward.walk_calls(f, terms, best, w.reached_at,
		    w.reached_id, most - cardinality(w.ids),
		    case when terms is null then 5000 else 4000 end);
		w := (w.ids || next.ids, next.reached_at, next.reached_id,
		    null);
	end if;
	return w;
end $$;

-- A page as it is answered, read under the policies. Its own plan, made once:
-- planning took longer than reading.
create function callward.calls_page(
	most integer, after_at timestamptz, after_id uuid, status text,
	number text, since timestamptz, until timestamptz, words text,
	follow_up text, outcome text, tag text, intent text,
	phone_number_id uuid)
returns json
language plpgsql stable set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
	me constant text := callward.current_user_id();
	w constant callward.walk := callward.list_calls(most + 1, after_at,
	    after_id, status, number, since, until, words, follow_up, outcome,
	    tag, intent, phone_number_id);
begin
	return (with page as (
		select c.id, c.assistant_id, c.phone_number_id,
		    c.caller_phone_number, c.assistant_phone_number,
		    c.twilio_call_sid, c.vapi_call_id, c.status, c.owner_rule,
		    c.stir_verstat, c.ended_reason, c.started_at, c.ended_at,
		    c.duration_seconds,
		    c.recording_url is not null as has_recording, c.summary,
		    c.success_evaluation, c.intent, c.cost_usd, c.after_hours,
		    c.is_test, c.follow_up_state, c.tags, c.created_at,
		    c.updated_at
		from public.calls c
		where c.user_id = me and c.id = any (w.ids[1:most])
	), last as (
		select created_at as at, id from page
		where id = w.ids[most] and cardinality(w.ids) > most
		union all
		select w.reached_at, w.reached_id
		where w.reached_at is not null
	)
	select json_build_object(
	    'data', coalesce(json_agg(page
	        order by created_at desc, id desc), '[]'),
	    'next_cursor', (select to_char(at at time zone 'UTC',
	        'YYYY-MM-DD"T"HH24:MI:SS.US"Z_"') || id from last))
	from page);
end $$;

do $$
declare
	f regprocedure;
	acting text := 'callward_tenant';
begin
	if exists (select from pg_roles where rolname = 'authenticated') then
		acting := acting || ', authenticated';
	end if;
	-- a walk looks at the words of the tenant's own rows
	execute format('grant select (search_words) on public.calls to %s',
	    acting);
	grant create on schema callward to callward_writer;
	for f in select oid from pg_proc
	    where pronamespace = 'callward'::regnamespace
	        and proname in ('search_span', 'call_passes', 'calls_a_day',
	            'walks_of', 'walk_calls', 'tenant_search',
	            'list_calls', 'calls_page')
	loop
		execute format('revoke all on function %s from public', f);
		execute format('grant execute on function %s to %s', f,
		    case when f::text like 'callward.search\_span(%'
		        then acting || ', callward_writer, callward_resolver'
		    when f::text ~ '^callward\.call(s_a_day|_passes)\('
		        then 'callward_tenant, callward_writer'
		        else 'callward_tenant' end);
		execute format('alter function %s owner to %s', f, case
		    when f::text like 'callward.tenant\_%'
		        then 'callward_writer'
		    else 'callward_owner' end);
	end loop;
	revoke create on schema callward from callward_writer;
	alter type callward.call_filter owner to callward_owner;
	alter type callward.walk owner to callward_owner;
end $$;

-- The list of calls, its filters and its search, and the figures: at a cost
-- that does not grow with other tenants, nor much with the tenant's own past.
--
-- calls.search_words holds what a call can be found by: the words of summary
-- and transcript, its numbers, its tags, its intent. Each begins with its
-- place, which is a hash of the tenant and the day: so an index for all of
-- them is read where this tenant's days stand and nowhere else, and a search
-- goes back in time until it has enough.

create function callward.search_day(at timestamptz) returns integer
language sql immutable strict parallel safe
return (search_day.at at time zone 'UTC')::date - date '1970-01-01';

create function callward.search_place(user_id text, day integer) returns text
language sql immutable parallel safe
return left(encode(sha256(decode(search_place.user_id, 'escape')), 'hex'), 6)
    || coalesce(to_hex(search_place.day), '');

-- The words of a text, as many as stand in its first 16 KiB, in small letters.
-- What joins words parts them here, so that a number or an address is found by
-- its parts. (Much faster than a parser of to_tsvector's kind, and a report
-- waits for it.)
create function callward.search_split(content text) returns text[]
language plpgsql immutable strict parallel safe set search_path = ''
as $$
declare
	words text := lower(left(content, 16384));
	mark text;
begin
	foreach mark in array string_to_array(
	    E'\n \t \r - _ / \\ . , : ; ! ? @ + & # % * = < > ( ) [ ] { } | ~'
	    ' ^ $ " '' ` ‘ ’ “ ” „ « » – — … ¿ ¡ \u00a0', ' ') loop
		words := replace(words, mark, ' ');
	end loop;
	return array(select w from unnest(string_to_array(words, ' ')) w
	    where octet_length(w) between 1 and 200);
end $$;

create function callward.search_words(
	user_id text, created_at timestamptz, numbers text[], tags text[],
	intent text, content text)
returns tsvector
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
	place constant text := callward.search_place(user_id,
	    callward.search_day(created_at));
begin
	return array_to_tsvector(array(
	    select place || 'n' || left(n, 128) from unnest(numbers) n
	    where n is not null
	    union all
	    select place || 't' || t from unnest(tags) t
	    union all
	    select place || 'i' || intent where intent is not null
	    union all
	    select place || 'w' || w
	    from unnest(callward.search_split(content)) w));
end $$;

-- A name of an intent, or null.
create function callward.intent_of(structured_data jsonb) returns text
language sql immutable parallel safe
return case when length(intent_of.structured_data ->> 'intent') <= 50
    and intent_of.structured_data ->> 'intent' ~ '^[a-z][a-z0-9_]+$'
    then intent_of.structured_data ->> 'intent' end;

-- An evaluation is whatever the assistant's rubric makes of it.
create function callward.success_of(evaluation text) returns boolean
language sql immutable parallel safe
return case when length(success_of.evaluation) > 40 then null
    when lower(success_of.evaluation) in ('true', 'pass', 'passed', 'yes',
	'success', 'successful', 'excellent', 'good')
	or success_of.evaluation ~ '^([7-9]|10)(\.[0-9]+)?$'
	or success_of.evaluation ~ '^([7-9][0-9]|100)(\.[0-9]+)?%?$'
	then true
    when success_of.evaluation is not null then false end;

-- Millionths, which are quick to add up; more than 2147 dollars are 2147.
create function callward.micros_of(cost_usd numeric) returns integer
language sql immutable parallel safe
return round(least(micros_of.cost_usd, 2147) * 1000000)::integer;

-- Columns that follow from others are set by a trigger: of one that generates
-- itself, every statement that writes a call would read the rule anew.
alter table public.calls
    no force row level security,
    alter column intent drop expression,
    add column success boolean,
    add column cost_micros integer,
    add column search_words tsvector;
update public.calls
set success = callward.success_of(success_evaluation),
    cost_micros = callward.micros_of(cost_usd),
    search_words = case when report_at is not null
	or coalesce(intent, summary, transcript) is not null or status not in
	('initiated', 'ringing', 'in-progress', 'forwarding')
	then callward.search_words(user_id, created_at,
	    array[caller_phone_number, assistant_phone_number, forwarded_from],
	    tags, intent, nullif(concat_ws(' ', summary, transcript), ''))
	end;
alter table public.calls force row level security;

-- Words are made when a call has ended or there is something to say of it, and
-- again when what they are made of changes. A call under way has none, so that neither its
-- first answer nor its states pay for them: a search looks at those calls
-- themselves. (No WHEN: it would be read anew by every statement.)
create function callward.derive() returns trigger
language plpgsql set search_path = ''
as $$
begin
	if new.structured_data is distinct from old.structured_data then
		new.intent := callward.intent_of(new.structured_data);
	end if;
	if new.success_evaluation is distinct from old.success_evaluation then
		new.success := callward.success_of(new.success_evaluation);
	end if;
	if new.cost_usd is distinct from old.cost_usd then
		new.cost_micros := callward.micros_of(new.cost_usd);
	end if;
	if (new.report_at is not null
	        or coalesce(new.intent, new.summary, new.transcript) is not null
	        or new.status not in ('initiated', 'ringing', 'in-progress',
	            'forwarding'))
	    and (old.search_words is null
	        or (new.created_at, new.caller_phone_number,
	            new.assistant_phone_number, new.forwarded_from, new.tags,
	            new.intent, new.summary, new.transcript)
	        is distinct from (old.created_at, old.caller_phone_number,
	            old.assistant_phone_number, old.forwarded_from, old.tags,
	            old.intent, old.summary, old.transcript)) then
		new.search_words := callward.search_words(new.user_id,
		    new.created_at, array[new.caller_phone_number,
		    new.assistant_phone_number, new.forwarded_from], new.tags,
		    new.intent, nullif(concat_ws(' ', new.summary,
		        new.transcript), ''));
	end if;
	return new;
end $$;
create trigger derive before insert or update of created_at,
	caller_phone_number, assistant_phone_number, forwarded_from, tags,
	structured_data, success_evaluation, cost_usd, summary, transcript,
	status, report_at
    on public.calls for each row execute function callward.derive();

-- Every search reads what was not yet sorted in, of all tenants: keep it short.
create index calls_search_words on public.calls using gin (search_words)
    with (gin_pending_list_limit = 256) where search_words is not null;
-- Those under way, for a search and for the limits of a number.
drop index public.calls_open;
create index calls_open on public.calls (user_id, created_at)
    where status in ('initiated', 'ringing', 'in-progress', 'forwarding');

-- One index for the pages and for the figures, which need not look further.
drop index public.calls_newest;
create index calls_newest
    on public.calls (user_id, created_at desc, id desc)
    include (status, duration_seconds, after_hours, is_test, intent, success,
	cost_micros);
-- What is rare among a tenant's calls is walked by itself.
create index calls_missed
    on public.calls (user_id, created_at desc, id desc)
    where status in ('no-answer', 'busy', 'failed', 'canceled');
create index calls_missed_by_status
    on public.calls (user_id, status, created_at desc, id desc)
    where status in ('no-answer', 'busy', 'failed', 'canceled');
create index calls_after_hours
    on public.calls (user_id, created_at desc, id desc) where after_hours;

-- What a search has to find: each term with its kind in front; of a word
-- ('w') it is the beginning. Null: nothing is searched for.
create function callward.search_terms(
	words text, number text, tag text, intent text)
returns text[]
language sql immutable parallel safe
return case when coalesce(words, number, tag, intent) is not null then
    array(select 'w' || w
	from unnest(callward.search_split(search_terms.words)) w)
    || case when search_terms.number is not null
	then array['n' || left(search_terms.number, 128)] end
    || case when search_terms.tag is not null
	then array['t' || search_terms.tag] end
    || case when search_terms.intent is not null
	then array['i' || search_terms.intent] end end;

-- All terms on one of these days.
create function callward.search_query(
	user_id text, first integer, last integer, terms text[])
returns tsquery
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
	-- of each place the tenant's part, which is worked out once
	tenant constant text := callward.search_place(user_id, null);
	term text;
	q text;
	spelt text;
begin
	foreach term in array terms loop
		spelt := replace(replace(term, '\', '\\'), '''', '''''')
		    || '''' || case when term like 'w%' then ':*' else '' end;
		q := concat_ws(' & ', q, '(' || (select string_agg('''' ||
		    tenant || to_hex(d) || spelt, ' | ')
		    from generate_series(first, last) d) || ')');
	end loop;
	return q::tsquery;
end $$;

-- The tenant's calls that have all terms on these days and come behind a
-- place in the list; the newest of them where most is given. The comparison
-- of user_id is spelt so that no other index is chosen for it.
create function callward.calls_with(
	user_id text, first integer, last integer, terms text[],
	after_at timestamptz, after_id uuid, most integer)
returns uuid[]
language plpgsql stable security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
#variable_conflict use_column
declare
	q constant tsquery := callward.search_query(calls_with.user_id,
	    calls_with.first, calls_with.last, calls_with.terms);
begin
	return array(select id from public.calls
	    where search_words @@ q and user_id || '' = calls_with.user_id
	        and (created_at, id)
	            < (calls_with.after_at, calls_with.after_id)
	    order by created_at desc, id desc
	    limit calls_with.most);
end $$;

-- Those, and the calls under way, which have no words yet.
create function callward.tenant_search(
	first integer, last integer, terms text[], after_at timestamptz,
	after_id uuid, most integer)
returns uuid[]
language plpgsql stable security definer set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	since constant timestamptz := (date '1970-01-01'
	    + tenant_search.first)::timestamp at time zone 'UTC';
	until constant timestamptz := (date '1970-01-01'
	    + tenant_search.last + 1)::timestamp at time zone 'UTC';
begin
	return callward.calls_with(me, first, last, terms, after_at, after_id,
	    most)
	    || array(select id from public.calls
	        where user_id = me and status in ('initiated', 'ringing',
	            'in-progress', 'forwarding')
	        and search_words is null
	        and created_at >= since and created_at < until
	        and (created_at, id)
	            < (tenant_search.after_at, tenant_search.after_id)
	        and tenant_search.terms <@ (array[
	            'n' || left(caller_phone_number, 128),
	            'n' || left(assistant_phone_number, 128),
	            'n' || left(forwarded_from, 128)]
	            || array(select 't' || t from unnest(tags) t))
	    order by created_at desc, id desc
	    limit tenant_search.most);
end $$;

-- The newest calls of the tenant that pass the filters, as many as most.
-- With terms, the days are searched from the newest one back, first one, then
-- two, up to thirty-two at once, until there are enough.
create function callward.list_calls(
	most integer, after_at timestamptz, after_id uuid, status text,
	number text, since timestamptz, until timestamptz, words text,
	follow_up text, outcome text, tag text, intent text,
	phone_number_id uuid)
returns table (id uuid, created_at timestamptz)
language plpgsql stable rows 30 set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	terms constant text[] := callward.search_terms(words, number, tag,
	    intent);
	-- without other filters a search may end where the page does
	plain constant boolean := coalesce(status, follow_up, outcome) is null
	    and phone_number_id is null;
	nil constant uuid := '00000000-0000-0000-0000-000000000000';
	newest timestamptz;
	oldest timestamptz;
	last integer;
	until_day integer;
	step integer := 1;
	ids uuid[];
	rows integer := 0;
	got integer;
begin
	if terms = '{}' then
		return;
	end if;
	if terms is not null then
		select created_at into newest from public.calls
		where user_id = me order by created_at desc limit 1;
		select created_at into oldest from public.calls
		where user_id = me order by created_at limit 1;
		last := callward.search_day(least(newest, until, after_at));
		until_day := callward.search_day(greatest(oldest, since));
	end if;
	loop
		ids := case when terms is not null then '{}'::uuid[] end;
		while last >= until_day and cardinality(ids) < most - rows loop
			ids := ids || callward.tenant_search(
			    greatest(last - step + 1, until_day), last, terms,
			    coalesce(least(until, after_at), 'infinity'),
			    case when after_at < until is not false
			        then coalesce(after_id, nil) else nil end,
			    case when plain
			        then most - rows - cardinality(ids) end);
			last := last - step;
			step := least(step * 2, 32);
		end loop;
		exit when ids = '{}';
		return query
		select id, created_at from public.calls
		where user_id = me
		    and (ids is null or id = any (ids))
		    and (list_calls.after_at is null or (created_at, id)
		        < (list_calls.after_at, list_calls.after_id))
		    and (list_calls.since is null
		        or created_at >= list_calls.since)
		    and (list_calls.until is null
		        or created_at < list_calls.until)
		    and (list_calls.status is null
		        or status = list_calls.status)
		    and (list_calls.phone_number_id is null
		        or phone_number_id = list_calls.phone_number_id)
		    and (list_calls.follow_up is null
		        or follow_up_state = list_calls.follow_up
		        or list_calls.follow_up = 'needed'
		            and follow_up_state in ('open', 'in_progress'))
		    and (list_calls.outcome is distinct from 'answered'
		        or status in ('completed', 'in-progress', 'forwarding'))
		    and (list_calls.outcome is distinct from 'missed'
		        or status in ('no-answer', 'busy', 'failed',
		            'canceled'))
		    and (list_calls.outcome is distinct from 'after_hours'
		        or after_hours)
		order by created_at desc, id desc
		limit most - rows;
		get diagnostics got = row_count;
		rows := rows + got;
		exit when terms is null or rows >= most or last < until_day;
	end loop;
end $$;

-- One call, with all that was said.
create function callward.call_json(call_id uuid) returns json
language plpgsql stable set search_path = ''
as $$
begin
	return (select json_build_object(
	    'id', c.id, 'assistant_id', c.assistant_id,
	    'assistant_name', a.name, 'phone_number_id', c.phone_number_id,
	    'phone_number', n.phone_number, 'phone_number_label', n.label,
	    'caller_phone_number', c.caller_phone_number,
	    'assistant_phone_number', c.assistant_phone_number,
	    'twilio_call_sid', c.twilio_call_sid,
	    'vapi_call_id', c.vapi_call_id, 'status', c.status,
	    'owner_rule', c.owner_rule, 'stir_verstat', c.stir_verstat,
	    'ended_reason', c.ended_reason, 'started_at', c.started_at,
	    'ended_at', c.ended_at, 'duration_seconds', c.duration_seconds,
	    'has_recording', c.recording_url is not null,
	    'transcript', c.transcript, 'messages', c.messages,
	    'summary', c.summary, 'analysis', c.analysis,
	    'structured_data', c.structured_data, 'intent', c.intent,
	    'success_evaluation', c.success_evaluation,
	    'cost_usd', c.cost_usd, 'after_hours', c.after_hours,
	    'is_test', c.is_test, 'follow_up_state', c.follow_up_state,
	    'follow_up_note', c.follow_up_note, 'follow_up_by', c.follow_up_by,
	    'follow_up_at', c.follow_up_at, 'tags', c.tags, 'notes', c.notes,
	    'revisions', c.revisions, 'created_at', c.created_at,
	    'updated_at', c.updated_at)
	from public.calls c
	left join public.assistants a
	    on a.user_id = c.user_id and a.id = c.assistant_id
	left join public.phone_numbers n
	    on n.user_id = c.user_id and n.id = c.phone_number_id
	where c.user_id = (select callward.current_user_id())
	    and c.id = call_json.call_id);
end $$;

-- Set exactly what the body names.
create function callward.change_call(
	call_id uuid, body jsonb, out outcome text, out answer json)
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
begin
	update public.calls set
	    follow_up_state = case when body ? 'follow_up_state'
	        then body ->> 'follow_up_state' else follow_up_state end,
	    follow_up_note = case when body ? 'follow_up_note'
	        then body ->> 'follow_up_note' else follow_up_note end,
	    follow_up_by = case when body ? 'follow_up_by'
	        then body ->> 'follow_up_by' else follow_up_by end,
	    notes = case when body ? 'notes'
	        then body ->> 'notes' else notes end
	where user_id = (select callward.current_user_id())
	    and id = change_call.call_id;
	outcome := case when found then 'ok' else 'absent' end;
	-- apart, because whoever changes a tag changes what a search finds
	if body ? 'tags' then
		update public.calls
		set tags = array(select t from jsonb_array_elements_text(
		    body -> 'tags') with ordinality as given (t, nth)
		    group by t order by min(nth))
		where user_id = (select callward.current_user_id())
		    and id = change_call.call_id;
	end if;
	answer := callward.call_json(call_id);
end $$;

do $$
declare
	f regprocedure;
	acting text := 'callward_tenant';
begin
	if exists (select from pg_roles where rolname = 'authenticated') then
		acting := acting || ', authenticated';
	end if;
	grant select (search_words, created_at) on public.calls
	    to callward_resolver;
	execute format('grant select (success, cost_micros) on public.calls'
	    ' to %s', acting);
	grant create on schema callward to callward_writer, callward_resolver;
	for f in select oid from pg_proc
	    where pronamespace = 'callward'::regnamespace
	        and proname in ('derive', 'intent_of', 'success_of', 'micros_of',
	            'search_day', 'search_place', 'search_split',
	            'search_words', 'search_terms', 'search_query',
	            'calls_with', 'tenant_search', 'list_calls', 'call_json',
	            'change_call')
	loop
		execute format('revoke all on function %s from public', f);
		if f::text ~ '^callward\.(derive|[a-z]+_of|search_)'
		then
			-- whoever writes a call makes its words
			execute format('grant execute on function %s to %s,'
			    ' callward_writer, callward_resolver', f, acting);
		elsif f::text like 'callward.calls\_with(%' then
			execute format('grant execute on function %s'
			    ' to callward_writer', f);
		else
			execute format('grant execute on function %s'
			    ' to callward_tenant', f);
		end if;
		execute format('alter function %s owner to %s', f, case
		    when f::text like 'callward.tenant\_%'
		        then 'callward_writer'
		    when f::text like 'callward.calls\_with(%'
		        then 'callward_resolver'
		    else 'callward_owner' end);
	end loop;
	revoke create on schema callward from callward_writer,
	    callward_resolver;
end $$;

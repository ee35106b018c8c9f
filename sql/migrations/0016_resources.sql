-- What a clinic sets by itself: numbers, assistants, intents and tests; its
-- working hours are in 0019. For each a function that shows them and one that
-- saves one, executed by the dashboard's role in its own name, under its
-- policies.
--
-- body is what the door let through: known fields, of the right form and
-- length. What only the database can know is complained about here, all at
-- once and by field. Whoever writes holds the tenant's lock: what was looked
-- at before stays so.

-- An assistant that was removed is shown nowhere, and stays for the calls that
-- it has had: they go on telling whose voice it was.
alter table public.assistants add column removed_at timestamptz;

create type callward.written as (outcome text, answer json);

create function callward.answered(outcome text, answer json default null)
returns callward.written
language sql immutable set search_path = ''
return row(outcome, answer);

create function callward.complaint(field text, message text) returns jsonb
language sql immutable set search_path = ''
return jsonb_build_object('field', field, 'message', message);

create function callward.at_most(most integer, things text)
returns callward.written
language sql immutable set search_path = ''
return callward.answered('conflict', json_build_object('detail', format(
    '%s %s are the most there can be: remove one first', most, things)));

create function callward.lock_tenant() returns void
language sql set search_path = ''
begin atomic
	select pg_advisory_xact_lock(hashtextextended(
	    'callward resources of ' || callward.current_user_id(), 0));
end;

-- Complaints about a reference to an assistant, if the body has one. Someone
-- else's is like one that is not there.
create function callward.assistant_complaints(body jsonb) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
	if body ->> 'assistant_id' is null
	    or exists (select from public.assistants
	        where user_id = (select callward.current_user_id())
	            and id = (body ->> 'assistant_id')::uuid
	            and removed_at is null) then
		return '[]';
	end if;
	return jsonb_build_array(callward.complaint('assistant_id',
	    'is not one of your assistants'));
end $$;

-- Numbers ---------------------------------------------------------------------

-- The lines on which assistants answer: clinics forward to them, so they may
-- know them.
create function callward.tenant_lines() returns setof text
language plpgsql stable security definer set search_path = ''
as $$
begin
	if callward.current_user_id() is not null then
		return query select phone_number
		from callward.assistant_numbers
		order by created_at, phone_number;
	end if;
end $$;

-- What to dial at a telephone so that its calls go to a line, and to end it.
-- GSM: 3GPP TS 22.030, the same with every operator. Landlines: what North
-- American carriers have in common, so only for a line there.
create function callward.forwarding(line text) returns jsonb
language sql immutable set search_path = ''
begin atomic
	select jsonb_build_object('to', line, 'codes', coalesce(
	    jsonb_agg(jsonb_build_object('network', network, 'when', "when",
	        'on', dial_on, 'off', dial_off) order by place), '[]'))
	from (values
	    (1, 'landline', 'always', '*72 ' || substr(line, 2), '*73'),
	    (2, 'landline', 'no_answer', '*92 ' || substr(line, 2), '*93'),
	    (3, 'landline', 'busy', '*90 ' || substr(line, 2), '*91'),
	    (4, 'gsm', 'always', '**21*' || line || '#', '##21#'),
	    (5, 'gsm', 'no_answer', '**61*' || line || '#', '##61#'),
	    (6, 'gsm', 'busy', '**67*' || line || '#', '##67#'))
	    as codes (place, network, "when", dial_on, dial_off)
	where dial_on is not null
	    and (network = 'gsm' or starts_with(line, '+1'));
end;

create function callward.shown_numbers(one uuid)
returns table (id uuid, created_at timestamptz, shown json)
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
	line text := callward.tenant_line();
begin
	return query
	select n.id, n.created_at, json_build_object('id', n.id,
	    'phone_number', n.phone_number,
	    'phone_number_raw', n.phone_number_raw, 'label', n.label,
	    'assistant_id', n.assistant_id, 'assistant_name', a.name,
	    'fallback_number', n.fallback_number, 'match_rule', n.match_rule,
	    'status', n.status, 'verified_at', n.verified_at,
	    'assistant_phone_number', coalesce(n.assistant_phone_number, line),
	    'forwarding', callward.forwarding(
	        coalesce(n.assistant_phone_number, line)),
	    'verification', callward.tenant_verification(n.id),
	    'created_at', n.created_at, 'updated_at', n.updated_at)
	from public.phone_numbers n
	left join public.assistants a
	    on a.user_id = n.user_id and a.id = n.assistant_id
	where n.user_id = (select callward.current_user_id())
	    and n.status <> 'released'
	    and (one is null or n.id = one);
end $$;

-- A new claim is pending, whoever else has the number.
create function callward.save_number(id uuid, body jsonb)
returns callward.written
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	saved uuid := save_number.id;
	claimed text := body ->> 'phone_number';
	fallback constant text := body ->> 'fallback_number';
	bad jsonb;
begin
	perform callward.lock_tenant();
	bad := callward.assistant_complaints(body);
	if saved is not null then
		select phone_number into claimed from public.phone_numbers
		where user_id = me and id = saved and status <> 'released';
		if not found then
			return callward.answered('absent');
		end if;
	-- Those that were given up stay for their calls.
	elsif 200 <= (select count(*) from public.phone_numbers
	    where user_id = me and status <> 'released')
	    or 1000 <= (select count(*) from public.phone_numbers
	    where user_id = me) then
		return callward.at_most(200, 'phone numbers');
	elsif claimed in (select callward.tenant_lines()) then
		bad := bad || callward.complaint('phone_number',
		    'is a number on which assistants answer');
	elsif exists (select from public.phone_numbers where user_id = me
	    and phone_number = claimed and status <> 'released') then
		bad := bad || callward.complaint('phone_number',
		    'is one of your numbers already');
	end if;
	if fallback = claimed then
		bad := bad || callward.complaint('fallback_number',
		    'must be another number than the one it stands in for');
	elsif fallback in (select callward.tenant_lines()) then
		bad := bad || callward.complaint('fallback_number',
		    'must not be a number on which assistants answer');
	end if;
	if bad <> '[]' then
		return callward.answered('refused', bad::json);
	end if;

	if saved is null then
		insert into public.phone_numbers (phone_number, label,
		    assistant_id, fallback_number)
		values (claimed, body ->> 'label',
		    (body ->> 'assistant_id')::uuid, fallback)
		returning id into saved;
	else
		update public.phone_numbers
		set label = case when body ? 'label'
		        then body ->> 'label' else label end,
		    assistant_id = case when body ? 'assistant_id'
		        then (body ->> 'assistant_id')::uuid
		        else assistant_id end,
		    fallback_number = case when body ? 'fallback_number'
		        then fallback else fallback_number end
		where user_id = me and id = saved;
	end if;
	return callward.answered('ok',
	    (select shown from callward.shown_numbers(saved)));
end $$;

-- Give a number up: nobody's call is filed under it any more.
create function callward.tenant_release_number(id uuid) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	update public.phone_numbers set status = 'released'
	where user_id = callward.current_user_id()
	    and id = tenant_release_number.id and status <> 'released';
	return found;
end $$;

create function callward.remove_number(id uuid) returns callward.written
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
begin
	perform callward.lock_tenant();
	if not callward.tenant_release_number(id) then
		return callward.answered('absent');
	end if;
	delete from public.working_hours
	where user_id = callward.current_user_id()
	    and phone_number_id = remove_number.id;
	return callward.answered('ok');
end $$;

-- Assistants ------------------------------------------------------------------

create function callward.shown_assistants(one uuid)
returns table (id uuid, created_at timestamptz, shown json)
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
	select a.id, a.created_at, json_build_object('id', a.id,
	    'name', a.name, 'greeting', a.greeting, 'language', a.language,
	    'max_duration_seconds', a.max_duration_seconds,
	    'has_vapi_assistant', a.vapi_assistant_id is not null,
	    'phone_numbers', (select count(*) from public.phone_numbers n
	        where n.user_id = a.user_id and n.assistant_id = a.id
	            and n.status <> 'released'),
	    'created_at', a.created_at, 'updated_at', a.updated_at)
	from public.assistants a
	where a.user_id = (select callward.current_user_id())
	    and a.removed_at is null
	    and (one is null or a.id = one);
end $$;

create function callward.save_assistant(id uuid, body jsonb)
returns callward.written
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	saved uuid := save_assistant.id;
begin
	perform callward.lock_tenant();
	if saved is null then
		if 200 <= (select count(*) from public.assistants
		    where user_id = me and removed_at is null)
		    or 1000 <= (select count(*) from public.assistants
		    where user_id = me) then
			return callward.at_most(200, 'assistants');
		end if;
	elsif not exists (select from public.assistants
	    where user_id = me and id = saved and removed_at is null) then
		return callward.answered('absent');
	end if;
	if exists (select from public.assistants
	    where user_id = me and id is distinct from saved
	        and removed_at is null
	        and lower(name) = lower(body ->> 'name')) then
		return callward.answered('refused', json_build_array(
		    callward.complaint('name',
		        'is the name of another of your assistants')));
	end if;

	if saved is null then
		insert into public.assistants (name, greeting, language,
		    max_duration_seconds)
		values (body ->> 'name', body ->> 'greeting',
		    body ->> 'language',
		    coalesce((body ->> 'max_duration_seconds')::integer, 600))
		returning id into saved;
	else
		update public.assistants
		set name = coalesce(body ->> 'name', name),
		    greeting = case when body ? 'greeting'
		        then body ->> 'greeting' else greeting end,
		    language = case when body ? 'language'
		        then body ->> 'language' else language end,
		    max_duration_seconds = coalesce(
		        (body ->> 'max_duration_seconds')::integer,
		        max_duration_seconds)
		where user_id = me and id = saved;
	end if;
	return callward.answered('ok',
	    (select shown from callward.shown_assistants(saved)));
end $$;

-- What it did for numbers, intents and tests, nobody does from now on. Its
-- calls, of which there may be a million, are left alone.
create function callward.remove_assistant(id uuid) returns callward.written
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
begin
	perform callward.lock_tenant();
	update public.assistants set removed_at = now()
	where user_id = me and id = remove_assistant.id and removed_at is null;
	if not found then
		return callward.answered('absent');
	end if;
	update public.phone_numbers set assistant_id = null
	where user_id = me and assistant_id = remove_assistant.id;
	update public.intents set assistant_id = null
	where user_id = me and assistant_id = remove_assistant.id;
	update public.assistant_tests set assistant_id = null
	where user_id = me and assistant_id = remove_assistant.id;
	return callward.answered('ok');
end $$;

-- Intents ---------------------------------------------------------------------

create function callward.shown_intents(one uuid)
returns table (id uuid, created_at timestamptz, shown json)
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
	select i.id, i.created_at, json_build_object('id', i.id,
	    'slug', i.slug, 'name', i.name, 'description', i.description,
	    'assistant_id', i.assistant_id,
	    'example_phrases', i.example_phrases,
	    'marks_follow_up', i.marks_follow_up, 'is_enabled', i.is_enabled,
	    'created_at', i.created_at, 'updated_at', i.updated_at)
	from public.intents i
	where i.user_id = (select callward.current_user_id())
	    and (one is null or i.id = one);
end $$;

-- A slug for a name that no other intent of the tenant has: letters lose their
-- accents, everything else becomes an underscore.
create function callward.free_slug(name text) returns text
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
	base text := trim('_' from regexp_replace(lower(translate(
	    free_slug.name,
	    'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõÓÒÔÖÕúùûüÚÙÛÜñÑçÇ',
	    'aaaaaaAAAAAAeeeeEEEEiiiiIIIIoooooOOOOOuuuuUUUUnNcC')),
	    '[^a-z0-9]+', '_', 'g'));
	wanted text;
	nth integer := 1;
begin
	if base !~ '^[a-z][a-z0-9_]' then
		base := trim('_' from 'intent_' || base);
	end if;
	wanted := trim('_' from left(base, 50));
	while exists (select from public.intents
	    where user_id = (select callward.current_user_id())
	        and slug = wanted) loop
		nth := nth + 1;
		wanted := left(base, 49 - length(nth::text)) || '_' || nth;
	end loop;
	return wanted;
end $$;

-- Intents of an older project are known by their names from now on.
alter table public.intents no force row level security;
do $$
declare
	i record;
	claims text;
	named bigint := 0;
begin
	for i in select user_id, id, name from public.intents
	    where slug is null order by user_id, created_at, id loop
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', i.user_id)::text, true);
		update public.intents set slug = callward.free_slug(i.name)
		where user_id = i.user_id and id = i.id;
		named := named + 1;
	end loop;
	claims := set_config('request.jwt.claims', '', true);
	if named > 0 then
		raise notice 'intents.slug made in % rows', named;
	end if;
end $$;
alter table public.intents force row level security;

create function callward.save_intent(id uuid, body jsonb)
returns callward.written
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	saved uuid := save_intent.id;
	phrases constant text[] := array(select jsonb_array_elements_text(
	    coalesce(body -> 'example_phrases', '[]')));
	bad jsonb;
begin
	perform callward.lock_tenant();
	bad := callward.assistant_complaints(body);
	if saved is null then
		if 200 <= (select count(*) from public.intents
		    where user_id = me) then
			return callward.at_most(200, 'intents');
		end if;
	elsif not exists (select from public.intents
	    where user_id = me and id = saved) then
		return callward.answered('absent');
	end if;
	if exists (select from public.intents where user_id = me
	    and slug = body ->> 'slug' and id is distinct from saved) then
		bad := bad || callward.complaint('slug',
		    'is the slug of another of your intents');
	end if;
	if bad <> '[]' then
		return callward.answered('refused', bad::json);
	end if;

	if saved is null then
		insert into public.intents (slug, name, description,
		    assistant_id, example_phrases, marks_follow_up, is_enabled)
		values (coalesce(body ->> 'slug',
		        callward.free_slug(body ->> 'name')),
		    body ->> 'name', body ->> 'description',
		    (body ->> 'assistant_id')::uuid, phrases,
		    coalesce((body ->> 'marks_follow_up')::boolean, false),
		    coalesce((body ->> 'is_enabled')::boolean, true))
		returning id into saved;
	else
		update public.intents
		set slug = coalesce(body ->> 'slug', slug),
		    name = coalesce(body ->> 'name', name),
		    description = case when body ? 'description'
		        then body ->> 'description' else description end,
		    assistant_id = case when body ? 'assistant_id'
		        then (body ->> 'assistant_id')::uuid
		        else assistant_id end,
		    example_phrases = case when body ? 'example_phrases'
		        then phrases else example_phrases end,
		    marks_follow_up = coalesce(
		        (body ->> 'marks_follow_up')::boolean, marks_follow_up),
		    is_enabled = coalesce((body ->> 'is_enabled')::boolean,
		        is_enabled)
		where user_id = me and id = saved;
	end if;
	return callward.answered('ok',
	    (select shown from callward.shown_intents(saved)));
end $$;

-- Tests of assistants ---------------------------------------------------------

create function callward.shown_tests(one uuid)
returns table (id uuid, created_at timestamptz, shown json)
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
	select t.id, t.created_at, json_build_object('id', t.id,
	    'assistant_id', t.assistant_id, 'assistant_name', a.name,
	    'name', t.name, 'script', t.script, 'expected', t.expected,
	    'status', case when dead then 'error' else t.status end,
	    'score', t.score, 'result', t.result,
	    'transcript', t.transcript, 'error', case when dead
	        then 'the test was interrupted; run it again' else t.error end,
	    'call_id', t.call_id, 'started_at', t.started_at,
	    'finished_at', t.finished_at, 'created_at', t.created_at,
	    'updated_at', t.updated_at)
	from public.assistant_tests t
	cross join lateral callward.trial_interrupted(t.status, t.started_at)
	    as dead
	left join public.assistants a
	    on a.user_id = t.user_id and a.id = t.assistant_id
	where t.user_id = (select callward.current_user_id())
	    and (one is null or t.id = one);
end $$;

-- {"phrases": [text, ...], "intent": slug or null}, either of which may be
-- missing.
create function callward.expected_complaints(expected jsonb) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
	bad jsonb := '[]';
	phrases constant jsonb := expected -> 'phrases';
	intent constant text := expected ->> 'intent';
	stray text;
begin
	if expected is null or expected = 'null' then
		return bad;
	end if;
	select string_agg(k, ', ') into stray from jsonb_object_keys(expected) k
	where k not in ('phrases', 'intent');
	if stray is not null then
		bad := bad || callward.complaint('expected',
		    'has phrases and an intent, and nothing else');
	end if;
	if (case when jsonb_typeof(phrases) = 'array'
	    then jsonb_array_length(phrases) > 20
	        or exists (select from jsonb_array_elements(phrases) p
	            where jsonb_typeof(p) <> 'string' or p #>> '{}' !~ '\S'
	                or length(p #>> '{}') > 200)
	    else phrases is not null end) then
		bad := bad || callward.complaint('expected.phrases',
		    'must be at most 20 texts of at most 200 characters');
	end if;
	if intent is not null and not exists (select from public.intents
	    where user_id = (select callward.current_user_id())
	        and slug = intent) then
		bad := bad || callward.complaint('expected.intent',
		    'is not the slug of one of your intents');
	end if;
	return bad;
end $$;

create function callward.save_test(id uuid, body jsonb)
returns callward.written
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	saved uuid := save_test.id;
	wanted constant jsonb := nullif(body -> 'expected', 'null');
	running boolean;
	bad jsonb;
begin
	perform callward.lock_tenant();
	bad := callward.assistant_complaints(body)
	    || callward.expected_complaints(body -> 'expected');
	if saved is null then
		if 200 <= (select count(*) from public.assistant_tests
		    where user_id = me) then
			return callward.at_most(200, 'tests');
		end if;
	else
		select status = 'running'
		    and not callward.trial_interrupted(status, started_at)
		into running from public.assistant_tests
		where user_id = me and id = saved;
		if not found then
			return callward.answered('absent');
		end if;
	end if;
	if 10 < (select count(*)
	    from regexp_split_to_table(body ->> 'script', '\n') line
	    where line ~ '\S') then
		bad := bad || callward.complaint('script',
		    'has more than 10 lines');
	end if;
	if bad <> '[]' then
		return callward.answered('refused', bad::json);
	elsif running then
		return callward.answered('conflict', json_build_object('detail',
		    'this test is running: change it when it has ended'));
	end if;

	if saved is null then
		insert into public.assistant_tests (assistant_id, name, script,
		    expected)
		values ((body ->> 'assistant_id')::uuid, body ->> 'name',
		    body ->> 'script', wanted)
		returning id into saved;
	else
		update public.assistant_tests
		set assistant_id = coalesce((body ->> 'assistant_id')::uuid,
		        assistant_id),
		    name = coalesce(body ->> 'name', name),
		    script = coalesce(body ->> 'script', script),
		    expected = case when body ? 'expected'
		        then wanted else expected end
		where user_id = me and id = saved;
	end if;
	return callward.answered('ok',
	    (select shown from callward.shown_tests(saved)));
end $$;

-- Times in what is shown are UTC, wherever the server stands.
alter role callward_tenant set timezone = 'UTC';

-- Who may ---------------------------------------------------------------------

do $$
declare
	name text;
	f record;
begin
	foreach name in array array['callward_tenant', 'authenticated'] loop
		continue when not exists (select from pg_roles
		    where rolname = name);
		execute format('grant select (removed_at), update (removed_at)'
		    ' on public.assistants to %I', name);
	end loop;
	grant select (removed_at) on public.assistants to callward_resolver;

	grant create on schema callward to callward_writer;
	for f in
		select oid::regprocedure as name, prosecdef from pg_proc
		where pronamespace = 'callward'::regnamespace
		    and proname in ('answered', 'complaint', 'at_most',
		        'lock_tenant', 'assistant_complaints',
		        'tenant_lines', 'forwarding',
		        'tenant_release_number', 'shown_numbers', 'save_number',
		        'remove_number', 'shown_assistants', 'save_assistant',
		        'remove_assistant', 'shown_intents', 'free_slug',
		        'save_intent', 'shown_tests', 'expected_complaints',
		        'save_test')
	loop
		execute format('revoke all on function %s from public', f.name);
		execute format('grant execute on function %s to'
		    ' callward_tenant', f.name);
		execute format('alter function %s owner to %I', f.name,
		    case when f.prosecdef then 'callward_writer'
		    else 'callward_owner' end);
	end loop;
	revoke create on schema callward from callward_writer;
	alter type callward.written owner to callward_owner;
end $$;

-- The functions of an arriving call: open_call, bind_session, settle_call and
-- find_answer are the webhook role's; the others serve them.
--
-- Rules for every function that writes:
--   * Many of them share one transaction, so each first sets its tenant, or
--     clears it, and clears it at its end.
--   * Each may be sent again after a lost connection.
--   * It writes as callward_writer under row level security; what is asked
--     across tenants is asked of callward_resolver's functions, which answer
--     with ids alone.
-- Parameters are named like columns: bare names are columns, and parameters
-- carry the function's name in front.

create type callward.number_owner as (
	user_id text,
	phone_number_id uuid,
	owner_rule text,
	conflict boolean
);

-- Whose call is it, by what a call carries. A number counts only under its
-- own rule; the first rule that finds one names the owner; conflict means
-- that the signals lead to two owners.
create function callward.owner_of_number(
	sender text, forwarded_from text, diversion text, recipient text)
returns callward.number_owner
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	owner callward.number_owner;
	hit record;
begin
	for hit in
		select user_id, id, match_rule from public.phone_numbers
		where status = 'active'
		    and phone_number = any (array[owner_of_number.sender,
		        owner_of_number.forwarded_from,
		        owner_of_number.diversion, owner_of_number.recipient])
		    and phone_number = case match_rule
		        when 'from' then owner_of_number.sender
		        when 'forwarded_from'
		            then owner_of_number.forwarded_from
		        when 'diversion' then owner_of_number.diversion
		        when 'to' then owner_of_number.recipient end
		order by array_position(array['from', 'forwarded_from',
		    'diversion', 'to'], match_rule)
	loop
		if owner.user_id is null then
			owner := (hit.user_id, hit.id, hit.match_rule, false);
		elsif owner.user_id <> hit.user_id then
			owner.conflict := true;
		end if;
	end loop;
	return owner;
end $$;

-- The tenant of the call with this id, if there is one.
create function callward.owner_of_call(call_id uuid) returns text
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return (select user_id from public.calls
	    where id = owner_of_call.call_id
	    limit 1);
end $$;

-- Is this Vapi id bound to another call than this one, of whatever tenant?
create function callward.vapi_call_taken(
	vapi_call_id text, user_id text, call_id uuid)
returns boolean
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return exists (select from public.calls
	    where vapi_call_id = vapi_call_taken.vapi_call_id
	        and (id <> vapi_call_taken.call_id
	            or user_id <> vapi_call_taken.user_id));
end $$;

create type callward.opening as (
	verdict text,
	answer text,
	age_ms bigint,
	user_id text,
	call_id uuid,
	assistant_id uuid,
	phone_number_id uuid,
	vapi_assistant_id text,
	owner_rule text,
	vapi_phone_number_id text,
	fallback text,
	line_fallback text,
	dialled_recently boolean
);

-- One line in the inbox for a call that got no row of its own. Its id is that
-- of the attempt, so that an attempt sent again leaves one line.
create function callward.note_attempt(
	call_id uuid, call_sid text, verdict text, reason text, user_id text,
	details jsonb)
returns void
language sql set search_path = ''
begin atomic
	insert into callward.webhook_events (id, provider, event_type,
	    twilio_call_sid, verdict, reason, user_id, details)
	values (note_attempt.call_id, 'twilio', 'voice',
	    left(note_attempt.call_sid, 64), note_attempt.verdict,
	    note_attempt.reason, note_attempt.user_id, note_attempt.details)
	on conflict do nothing;
end;

create function callward.age_ms(since timestamptz) returns bigint
language sql volatile set search_path = ''
return greatest(0,
    extract(epoch from clock_timestamp() - since) * 1000)::bigint;

-- The number, unless it is a line of ours: a call must not come round.
create function callward.not_ours(phone_number text) returns text
language plpgsql stable strict set search_path = ''
as $$
#variable_conflict use_column
begin
	return case when not exists (select from callward.assistant_numbers
	    where phone_number = not_ours.phone_number)
	    then not_ours.phone_number end;
end $$;

-- Are this number's calls at a limit (0 is none)? A call counts until it is
-- final, at most a minute while nobody talks, else at most as long as its
-- assistant may. Neither count goes on past its limit.
create function callward.number_busy(
	user_id text, phone_number_id uuid, most_seconds integer,
	calls_at_once integer, calls_per_minute integer)
returns boolean
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
begin
	if calls_at_once > 0 and calls_at_once <= (select count(*) from (
	    select from public.calls
	    where user_id = number_busy.user_id
	        and phone_number_id = number_busy.phone_number_id
	        and status in ('initiated', 'ringing', 'in-progress',
	            'forwarding')
	        and created_at > now() - make_interval(secs => case
	            when status in ('in-progress', 'forwarding')
	            then greatest(most_seconds, 60) else 60 end)
	        and created_at > now()
	            - make_interval(secs => greatest(most_seconds, 60))
	    limit calls_at_once) c) then
		return true;
	end if;
	return calls_per_minute > 0 and calls_per_minute <= (
	    select count(*) from (
	    select from public.calls
	    where user_id = number_busy.user_id
	        and created_at > now() - interval '1 minute'
	        and phone_number_id = number_busy.phone_number_id
	    limit calls_per_minute) c);
end $$;

-- What is to be done about a CallSid that has been seen. No verdict: it is
-- this very attempt, sent again, and goes on; if it came as far as a row, the
-- owner is the one of that row.
create function callward.reopen_call(
	call_id uuid, call_sid text, sender text)
returns callward.opening
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	o callward.opening;
	seen callward.call_answers;
begin
	select * into strict seen from callward.call_answers
	where call_sid = reopen_call.call_sid;

	if seen.sender <> sender then
		o.verdict := 'mismatch';
		perform callward.note_attempt(call_id, call_sid, 'rejected',
		    'call_sid_mismatch', null,
		    jsonb_build_object('from', left(sender, 100)));
		return o;
	elsif seen.state = 'answered' then
		o.verdict := 'repeat';
		o.answer := seen.answer;
	elsif seen.call_id <> call_id then
		o.verdict := 'wait';
		o.age_ms := callward.age_ms(seen.opened_at);
	else
		o.user_id := callward.owner_of_call(call_id);
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', o.user_id)::text, true);
		select phone_number_id, owner_rule
		into o.phone_number_id, o.owner_rule
		from public.calls
		where user_id = o.user_id and id = reopen_call.call_id;
	end if;
	if seen.call_id <> call_id then
		perform callward.note_attempt(call_id, call_sid, 'duplicate',
		    null, null, null);
	end if;
	return o;
end $$;

-- The tenant has this CallSid in a call of another id, from before answers
-- were kept or after this one was dropped: nobody will answer it, and it must
-- not ring twice.
create function callward.older_call(o callward.opening, call_sid text)
returns callward.opening
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	since timestamptz;
begin
	select created_at into since from public.calls
	where user_id = o.user_id
	    and twilio_call_sid = older_call.call_sid
	    and id <> o.call_id;
	if found then
		o.verdict := 'wait';
		o.age_ms := callward.age_ms(since);
	end if;
	return o;
end $$;

-- Find the owner of an arriving call and record it.
--
-- mismatch   this CallSid came before with another From
-- repeat     it was answered: answer
-- wait       another attempt, opened age_ms ago, is at work on it
-- unlisted   To is no line of ours
-- unknown    no active number leads to an owner
-- conflict   the signals lead to two owners
-- busy       the number's calls are at a limit (0 is none)
-- new        recorded: start the assistant
--
-- The fallbacks are the number's and the line's; one that is itself a line of
-- ours is none. dialled_recently: a fallback was dialled for this sender
-- within the last minute.
create function callward.open_call(
	call_id uuid, call_sid text, sender text, recipient text, called text,
	forwarded_from text, diversion text, stir_verstat text,
	calls_at_once integer, calls_per_minute integer)
returns callward.opening
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	o callward.opening;
	owner callward.number_owner;
	busy boolean := false;
begin
	claims := set_config('request.jwt.claims', '', true);
	insert into callward.call_answers (call_sid, sender, call_id)
	values (open_call.call_sid, coalesce(open_call.sender, ''),
	    open_call.call_id)
	on conflict do nothing;
	if not found then
		o := callward.reopen_call(call_id, call_sid,
		    coalesce(sender, ''));
	end if;
	if o.verdict is null then
		select vapi_phone_number_id, fallback_number,
		    exists (select from callward.call_answers
		        where sender = open_call.sender and dialled
		            and opened_at > now() - interval '1 minute')
		into o.vapi_phone_number_id, o.line_fallback, o.dialled_recently
		from callward.assistant_numbers
		where phone_number = open_call.recipient;
		if not found then
			o.verdict := 'unlisted';
		end if;
		o.line_fallback := callward.not_ours(o.line_fallback);
	end if;
	if o.verdict is null and o.user_id is null then
		owner := callward.owner_of_number(sender,
		    case when forwarded_from is distinct from recipient
		        and forwarded_from is distinct from called
		        then forwarded_from end, diversion, recipient);
		if owner.conflict then
			o.verdict := 'conflict';
		elsif owner.user_id is null then
			o.verdict := 'unknown';
		else
			o.user_id := owner.user_id;
			o.phone_number_id := owner.phone_number_id;
			o.owner_rule := owner.owner_rule;
		end if;
	end if;
	if o.verdict is null then
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', o.user_id)::text, true);
		select n.assistant_id,
		    coalesce(n.vapi_assistant_id, a.vapi_assistant_id),
		    n.fallback_number,
		    owner.user_id is not null and callward.number_busy(
		        n.user_id, n.id, coalesce(a.max_duration_seconds, 600),
		        calls_at_once, calls_per_minute)
		into o.assistant_id, o.vapi_assistant_id, o.fallback, busy
		from public.phone_numbers n
		left join public.assistants a
		    on a.user_id = n.user_id and a.id = n.assistant_id
		where n.user_id = o.user_id and n.id = o.phone_number_id;

		o.fallback := callward.not_ours(o.fallback);
		o.verdict := case when busy then 'busy' else 'new' end;
	end if;
	if o.verdict = 'new' then
		o.call_id := open_call.call_id;
		insert into public.calls (id, user_id, assistant_id,
		    phone_number_id, caller_phone_number,
		    assistant_phone_number, twilio_call_sid, owner_rule,
		    stir_verstat, forwarded_from, diversion)
		values (o.call_id, o.user_id, o.assistant_id, o.phone_number_id,
		    open_call.sender, open_call.recipient, open_call.call_sid,
		    o.owner_rule, open_call.stir_verstat,
		    open_call.forwarded_from, open_call.diversion)
		on conflict do nothing;
		if not found and owner.user_id is not null then
			o := callward.older_call(o, call_sid);
		end if;
	elsif o.verdict in ('unlisted', 'unknown', 'conflict', 'busy') then
		perform callward.note_attempt(open_call.call_id, call_sid,
		    'rejected', case o.verdict
		        when 'unlisted' then 'unlisted_line'
		        when 'unknown' then 'unknown_number'
		        when 'conflict' then 'owner_conflict'
		        when 'busy' then 'too_many_calls' end, o.user_id,
		    jsonb_build_object('from', left(sender, 100),
		        'to', left(recipient, 100),
		        'forwarded_from', left(forwarded_from, 100),
		        'diversion', left(diversion, 100),
		        'stir_verstat', left(stir_verstat, 100)));
	end if;
	claims := set_config('request.jwt.claims', '', true);
	return o;
end $$;

create type callward.settlement as (verdict text, answer text);

-- The assistant answered: bind its call to ours, once, and keep the answer.
--
-- bound    done, now or before
-- settled  the CallSid was answered otherwise meanwhile: answer
-- taken    the Vapi call is another call's, or ours has another: nothing done
-- absent   this owner has no such call at work
create function callward.bind_session(
	user_id text, call_id uuid, call_sid text, vapi_call_id text,
	answer text, metadata jsonb)
returns callward.settlement
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	s callward.settlement;
begin
	claims := set_config('request.jwt.claims',
	    json_build_object('sub', user_id)::text, true);
	if callward.vapi_call_taken(vapi_call_id, user_id, call_id) then
		s.verdict := 'taken';
	else
		update public.calls
		set vapi_call_id = bind_session.vapi_call_id,
		    metadata = bind_session.metadata, updated_at = now()
		where user_id = bind_session.user_id
		    and id = bind_session.call_id
		    and (vapi_call_id is null
		        or vapi_call_id = bind_session.vapi_call_id);
		if found then
			s := callward.give_answer(call_id, call_sid, answer);
		else
			s.verdict := case when exists (select from public.calls
			    where user_id = bind_session.user_id
			        and id = bind_session.call_id)
			    then 'taken' else 'absent' end;
		end if;
	end if;
	claims := set_config('request.jwt.claims', '', true);
	return s;
end $$;

-- The attempt that opened this CallSid has its answer.
create function callward.give_answer(
	call_id uuid, call_sid text, answer text)
returns callward.settlement
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	s callward.settlement;
	seen callward.call_answers;
begin
	s := ('bound', give_answer.answer);
	update callward.call_answers
	set state = 'answered', answer = give_answer.answer,
	    answered_at = clock_timestamp()
	where call_sid = give_answer.call_sid
	    and call_id = give_answer.call_id and state = 'working';
	if not found then
		select * into seen from callward.call_answers
		where call_sid = give_answer.call_sid;
		if seen.state = 'answered' then
			if seen.answer <> give_answer.answer then
				s := ('settled', seen.answer);
			end if;
		else
			s := ('absent', null);
		end if;
	end if;
	return s;
end $$;

-- End a CallSid without an assistant: it gets this answer if it has none.
--
-- settled  done; the call that was opened for it, if it is not final and not
--          bound, has failed for ended_reason, which begins with 'callward-'
-- repeat   it had one: answer
-- absent   no such CallSid
--
-- user_id and call_id name the caller's own call. Without them, the call that
-- another attempt opened and left behind is meant, if ended_reason is given.
create function callward.settle_call(
	call_sid text, answer text, dialled boolean, user_id text,
	call_id uuid, ended_reason text)
returns callward.settlement
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	s callward.settlement;
	owner text := settle_call.user_id;
	opened uuid;
begin
	claims := set_config('request.jwt.claims', '', true);
	s := ('settled', settle_call.answer);
	update callward.call_answers
	set state = 'answered', answer = settle_call.answer,
	    dialled = coalesce(settle_call.dialled, false),
	    answered_at = clock_timestamp()
	where call_sid = settle_call.call_sid and state = 'working'
	returning call_id into opened;
	if not found then
		select 'repeat', answer into s from callward.call_answers
		where call_sid = settle_call.call_sid;
		if not found then
			s := ('absent', null);
		end if;
		return s;
	end if;

	if owner is not null then
		opened := settle_call.call_id;
	elsif ended_reason is not null then
		owner := callward.owner_of_call(opened);
	end if;
	if owner is not null then
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', owner)::text, true);
		update public.calls
		set status = 'failed',
		    ended_reason = coalesce(settle_call.ended_reason,
		        'callward-failed'),
		    ended_at = now(), updated_at = now()
		where user_id = owner and id = opened and vapi_call_id is null
		    and status in ('initiated', 'ringing', 'in-progress',
		        'forwarding');
		claims := set_config('request.jwt.claims', '', true);
	end if;
	return s;
end $$;

-- The answer to a CallSid, if it is known at all.
create function callward.find_answer(
	call_sid text, out state text, out answer text, out age_ms bigint)
returns setof record
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	return query
	select state, answer, callward.age_ms(opened_at)
	from callward.call_answers
	where call_sid = find_answer.call_sid;
end $$;

-- The version that this database stands at.
create function callward.ping() returns integer
language plpgsql security definer set search_path = ''
as $$
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	return (select max(version) from callward.schema_migrations);
end $$;

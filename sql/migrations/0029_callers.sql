-- Callers whose number is withheld, and fallbacks that were dialled before.
--
-- A network sends a word or a number that stands for one where a caller's
-- number is withheld. Nobody has that number, no rule matches it, and two such
-- callers are not one: what is counted by caller is counted for them by
-- everything else that the call carries (caller_key).

-- Is this what stands in the place of a withheld number? phone_is_withheld says
-- the same in the program, isWithheld in the page; tests/data/callers.tsv is
-- tried with all three.
create function callward.is_withheld(caller text) returns boolean
language sql immutable parallel safe
return coalesce(caller, '') = ''
    or regexp_replace(regexp_replace(lower(caller collate "C"),
        '^sips?:', ''), '@.*$', '')
    ~ ('^(anonymous|blocked|private|restricted|unavailable|unknown|withheld'
        '|[+]?(266696687|7378742833|2562533|8656696|86282452253))?$');

-- What a caller is counted and known again by: the number; for one who
-- withholds it, all that the call carries. Such a key begins with 'anonymous>'.
create function callward.caller_key(
	sender text, recipient text, forwarded_from text, diversion text)
returns text
language sql immutable parallel safe
return case when callward.is_withheld(sender)
    then concat('anonymous>', forwarded_from, '>', diversion, '>', recipient)
    else sender end;

-- Is it one caller, as far as the two tell (numbers or keys)?
create function callward.is_same_caller(a text, b text) returns boolean
language sql immutable parallel safe
return coalesce(a = b, false)
    or (starts_with(a, 'anonymous>') or callward.is_withheld(a))
    and (starts_with(b, 'anonymous>') or callward.is_withheld(b));

-- No row comes to hold such a number, or to be in use with one. One that did
-- before (callward doctor names it) can still be given up.
create function callward.refuse_withheld() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
	if new.phone_number is not null
	    and callward.is_withheld(new.phone_number) then
		raise exception 'this stands for a number that is withheld'
		    using errcode = 'check_violation';
	end if;
	return new;
end $$;
create trigger refuse_withheld_insert before insert on public.phone_numbers
    for each row execute function callward.refuse_withheld();
create trigger refuse_withheld_update
    before update of phone_number, status on public.phone_numbers
    for each row when (new.phone_number is distinct from old.phone_number
        or new.status is distinct from old.status
        and new.status in ('pending', 'active'))
    execute function callward.refuse_withheld();
revoke all on function callward.is_withheld, callward.caller_key,
    callward.is_same_caller, callward.refuse_withheld from public;
grant execute on function callward.is_withheld
to callward_writer, callward_resolver;

alter type callward.opening add attribute line_dialled_recently boolean;

grant create on schema callward to callward_writer, callward_resolver;
alter function callward.is_withheld owner to callward_owner;
alter function callward.caller_key owner to callward_writer;
alter function callward.is_same_caller owner to callward_writer;
alter function callward.refuse_withheld owner to callward_writer;

set local role callward_resolver;

-- Whose call is it, by what a call carries. A number counts only under its
-- own rule; the first rule that finds one names the owner; conflict means
-- that the signals lead to two owners. A withheld caller is no number, also
-- where a row from before has what stands for one.
create or replace function callward.owner_of_number(
	sender text, forwarded_from text, diversion text, recipient text)
returns callward.number_owner
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
	owner callward.number_owner;
	hit record;
begin
	for hit in
		select user_id, id, match_rule from public.phone_numbers
		where status = 'active'
		    and not callward.is_withheld(phone_number)
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

reset role;
set local role callward_writer;

-- Was this number dialled for this caller within the last minute? Then a call
-- of theirs may be the one that comes back from there. Which number it was
-- stands in the answer, TwiML or Vapi's JSON.
create function callward.dialled_lately(phone_number text, who text)
returns boolean
language plpgsql stable strict set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
	return exists (select from callward.call_answers a
	    where a.sender = dialled_lately.who and a.dialled
	        and a.opened_at > now() - interval '1 minute'
	        and (strpos(a.answer, '>' || dialled_lately.phone_number
	                || '<') > 0
	            or strpos(a.answer, '"' || dialled_lately.phone_number
	                || '"') > 0));
end $$;
revoke all on function callward.dialled_lately from public;

-- What is to be done about a CallSid that has been seen. No verdict: it is
-- this very attempt, sent again, and goes on; if it came as far as a row, the
-- owner is the one of that row. sender is the caller_key. With repeat and wait
-- comes the fallback of the number that the call was opened for: its first
-- answer may be one that cannot be used, or never come.
create or replace function callward.reopen_call(
	call_id uuid, call_sid text, sender text)
returns callward.opening
language plpgsql set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
	claims text;
	o callward.opening;
	seen callward.call_answers;
begin
	select * into strict seen from callward.call_answers
	where call_sid = reopen_call.call_sid;

	if not callward.is_same_caller(seen.sender, sender) then
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
	if o.verdict is not null then
		claims := set_config('request.jwt.claims', json_build_object(
		    'sub', callward.owner_of_call(seen.call_id))::text, true);
		select callward.not_ours(n.fallback_number) into o.fallback
		from public.calls c
		join public.phone_numbers n
		    on n.user_id = c.user_id and n.id = c.phone_number_id
		where c.user_id = callward.current_user_id()
		    and c.id = seen.call_id;
		claims := set_config('request.jwt.claims', '', true);
	end if;
	if seen.call_id <> call_id then
		perform callward.note_attempt(call_id, call_sid, 'duplicate',
		    null, null, null);
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
-- loop       the same, and a number that is being proven awaits this call
-- conflict   the signals lead to two owners
-- busy       the number's calls are at a limit (0 is none)
-- closed     recorded: say that the clinic is closed
-- forward    recorded: dial the fallback; if none can be, as new or capped
-- capped     recorded: the plan's seconds are used up
-- new        recorded: start the assistant
--
-- The fallbacks are the number's and the line's; one that is itself a line of
-- ours is none. dialled_recently, line_dialled_recently: that number was dialled
-- for this caller within the last minute. Hours and plan cost a clinic that has
-- none of them a look into an index each.
create or replace function callward.open_call(
	call_id uuid, call_sid text, sender text, recipient text, called text,
	forwarded_from text, diversion text, stir_verstat text,
	calls_at_once integer, calls_per_minute integer)
returns callward.opening
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
	claims text;
	o callward.opening;
	owner callward.number_owner;
	who constant text := callward.caller_key(sender, recipient,
	    forwarded_from, diversion);
	about record;
	-- of an attempt that is sent again, when the first came
	since timestamptz;
begin
	claims := set_config('request.jwt.claims', '', true);
	insert into callward.call_answers (call_sid, sender, call_id)
	values (open_call.call_sid, who, open_call.call_id)
	on conflict do nothing
	returning opened_at into since;
	if not found then
		o := callward.reopen_call(call_id, call_sid, who);
		select opened_at into since from callward.call_answers
		where call_sid = open_call.call_sid;
	end if;
	if o.verdict is null or o.verdict in ('repeat', 'wait') then
		select vapi_phone_number_id, fallback_number
		into o.vapi_phone_number_id, o.line_fallback
		from callward.assistant_numbers
		where phone_number = open_call.recipient;
		if not found then
			o.verdict := coalesce(o.verdict, 'unlisted');
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
			o.verdict := case when callward.loop_expected(sender,
			    recipient, called, forwarded_from, diversion)
			    then 'loop' else 'unknown' end;
		else
			o.user_id := owner.user_id;
			o.phone_number_id := owner.phone_number_id;
			o.owner_rule := owner.owner_rule;
		end if;
	end if;
	if o.verdict is null then
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', o.user_id)::text, true);
		select n.assistant_id, n.fallback_number,
		    coalesce(n.vapi_assistant_id, a.vapi_assistant_id)
		        as vapi_assistant_id,
		    nullif(a.greeting, '') as greeting,
		    nullif(a.language, '') as language,
		    nullif(c.name, '') as clinic_name, c.language as page_language,
		    nullif(c.after_hours_message, '') as after_hours_message,
		    coalesce(c.open_action, 'assistant') as open_action,
		    coalesce(c.closed_action, 'assistant') as closed_action,
		    exists (select from public.working_hours
		        where user_id = n.user_id) as has_hours,
		    case s.cap_behaviour when 'fallback'
		        then s.included_seconds end as cap_seconds,
		    owner.user_id is not null and callward.number_busy(
		        n.user_id, n.id, coalesce(a.max_duration_seconds, 600),
		        calls_at_once, calls_per_minute) as busy
		into about
		from public.phone_numbers n
		left join public.assistants a
		    on a.user_id = n.user_id and a.id = n.assistant_id
		left join public.clinic_settings c on c.user_id = n.user_id
		left join lateral (select cap_behaviour, included_seconds
		    from public.subscriptions
		    where user_id = n.user_id
		    order by created_at desc, id desc
		    limit 1) s on true
		where n.user_id = o.user_id and n.id = o.phone_number_id;

		o.assistant_id := about.assistant_id;
		o.vapi_assistant_id := about.vapi_assistant_id;
		o.fallback := callward.not_ours(about.fallback_number);
		o.greeting := about.greeting;
		o.language := about.language;
		o.clinic_name := about.clinic_name;
		o.after_hours := coalesce(about.has_hours, false)
		    and not callward.is_open(o.user_id, o.phone_number_id, since);
		o.verdict := case when about.busy then 'busy' else
		    case case when o.after_hours then about.closed_action
		        else about.open_action end
		    when 'message' then 'closed' when 'fallback' then 'forward'
		    else 'new' end end;
	end if;
	if o.verdict = 'closed' then
		o.after_hours_message := about.after_hours_message;
		o.message_language := coalesce(about.language,
		    about.page_language);
	elsif o.verdict in ('new', 'forward') then
		o.capped := about.cap_seconds is not null
		    and callward.is_used_up(o.user_id, about.cap_seconds, since);
		if o.capped and o.verdict = 'new' then
			o.verdict := 'capped';
		end if;
	end if;
	if o.verdict in ('new', 'closed', 'forward', 'capped') then
		o.call_id := open_call.call_id;
		insert into public.calls (id, user_id, assistant_id,
		    phone_number_id, caller_phone_number,
		    assistant_phone_number, twilio_call_sid, owner_rule,
		    stir_verstat, forwarded_from, diversion, after_hours)
		values (o.call_id, o.user_id, o.assistant_id, o.phone_number_id,
		    coalesce(open_call.sender, 'anonymous'),
		    open_call.recipient, open_call.call_sid, o.owner_rule,
		    open_call.stir_verstat, open_call.forwarded_from,
		    open_call.diversion, o.after_hours)
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
	o.dialled_recently := coalesce(
	    callward.dialled_lately(o.fallback, who), false);
	o.line_dialled_recently := coalesce(
	    callward.dialled_lately(o.line_fallback, who), false);
	claims := set_config('request.jwt.claims', '', true);
	return o;
end $$;

-- Move a call on by what Twilio tells of its CallSid.
--
-- accepted, duplicate, stale   done, and noted in the inbox; stale without an
--                              owner: the CallSid was answered, but was never
--                              a tenant's call
-- quarantined                  nothing was written; reason says why:
--     unknown_call      this CallSid was never seen
--     call_sid_mismatch the call came from another number; of two that are
--                       withheld neither is another
--
-- A call that reached Vapi keeps Vapi's words for its end; one that did not
-- ends as 'twilio-' and Twilio's word.
create or replace function callward.apply_status(
	call_sid text, sender text, status text, duration_seconds integer)
returns callward.filing
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
	claims text;
	found_call record;
	f callward.filing;
	c public.calls;
	e public.calls;
	m callward.merge;
begin
	claims := set_config('request.jwt.claims', '', true);
	found_call := callward.call_of_call_sid(call_sid);
	if found_call.call_id is null then
		f.verdict := case when exists (select from callward.call_answers
		    where call_sid = apply_status.call_sid
		        and callward.is_same_caller(sender,
		            apply_status.sender))
		    then 'stale' else 'quarantined' end;
		f.reason := case f.verdict when 'quarantined'
		    then 'unknown_call' end;
		return f;
	end if;
	claims := set_config('request.jwt.claims',
	    json_build_object('sub', found_call.user_id)::text, true);
	select * into c from public.calls
	where user_id = found_call.user_id and id = found_call.call_id
	for update;
	if not callward.is_same_caller(c.caller_phone_number, sender) then
		f := ('quarantined', 'call_sid_mismatch', null, null);
	else
		e.status := apply_status.status;
		e.duration_seconds := apply_status.duration_seconds;
		if callward.rank_of(e.status) = 5 then
			e.ended_at := now();
			if c.vapi_call_id is null then
				e.ended_reason := 'twilio-' || e.status;
			end if;
		end if;
		m := callward.merge_event(c, e, false);
		if m.changed then
			perform callward.store_call(m.call);
		end if;
		f := (m.verdict, m.reason, c.user_id, c.id);
		insert into callward.webhook_events (provider, event_type,
		    provider_call_id, twilio_call_sid, verdict, reason, user_id,
		    call_id)
		values ('twilio', 'status', c.vapi_call_id,
		    left(apply_status.call_sid, 64), f.verdict, f.reason,
		    f.user_id, f.call_id);
	end if;
	claims := set_config('request.jwt.claims', '', true);
	return f;
end $$;

reset role;
revoke create on schema callward from callward_writer, callward_resolver;

-- The proof of a number (doc/proof.md): a clinic that claims a number shows
-- first that it answers there, then that the number forwards to us. Each
-- attempt is a row; the calls that came back while it waited are its legs.
-- The code that is spoken and the tones that are played stand nowhere: the
-- program derives them from its keys and the attempt's id.
--
-- What an attempt has come to is derived when somebody looks, so that nothing
-- has to run when a minute is over:
--   60 s     a call that nobody answered, that could not be made or that did
--            not come back, has failed
--   90 s     so has one that came back and brought no right tones
--   10 min   a code that was spoken is good for so long
--   30 min   and possession, once proven
--
-- While a number is active for anybody, an attempt at it is withheld: nobody
-- is rung, nothing that arrives belongs to it, and it looks like one that
-- nobody answered.

create table callward.verifications (
	id uuid primary key default gen_random_uuid(),
	user_id text collate "C" not null,
	phone_number_id uuid not null,
	phone_number text not null,
	line text not null,
	step text not null check (step in ('code', 'loop')),
	state text not null default 'ringing' check (state in ('ringing',
	    'spoken', 'proven', 'done', 'waiting_operator', 'failed')),
	reason text check (reason in ('no_answer', 'busy', 'no_key',
	    'wrong_code', 'number_not_carried', 'not_rung', 'lapsed')),
	withheld boolean not null default false,
	-- Twilio's name for the call that we make
	call_sid text collate "C",
	tries integer not null default 0 check (tries between 0 and 5),
	match_rule text,
	seen jsonb,
	started_at timestamptz not null default now(),
	answered_at timestamptz,
	changed_at timestamptz not null default now(),
	ended_at timestamptz
);
create index verifications_claim
    on callward.verifications (user_id, phone_number_id, started_at desc);
create index verifications_tenant
    on callward.verifications (user_id, started_at);
create index verifications_number
    on callward.verifications (phone_number, started_at);
create index verifications_ringing
    on callward.verifications (started_at)
    where state = 'ringing' and not withheld;

-- A call that came in, on whichever line, while an attempt waited for one. It
-- belongs to the attempt that it names, once that is certain: at the code the
-- first call of its number, at the loop the one that brought its tones.
create table callward.verification_legs (
	call_sid text collate "C" primary key,
	line text not null,
	sender text,
	called text,
	forwarded_from text,
	diversion text,
	-- the place in which it names a number that is waited for, or the line
	-- that rings it, and that number: legs are counted by this
	counted_as text not null,
	came_at timestamptz not null default now(),
	listens integer not null default 0 check (listens between 0 and 3),
	verification_id uuid
);
create index verification_legs_came
    on callward.verification_legs (came_at);
create index verification_legs_counted
    on callward.verification_legs (counted_as, came_at);
create index verification_legs_bound
    on callward.verification_legs (verification_id)
    where verification_id is not null;

alter table callward.verifications owner to callward_owner;
alter table callward.verification_legs owner to callward_owner;
revoke all on callward.verifications, callward.verification_legs from public;
grant select, insert, update on callward.verifications,
    callward.verification_legs to callward_writer;
-- For the operator's list.
grant select (user_id, phone_number_id, step, state, match_rule, started_at)
on callward.verifications to callward_resolver;

-- Claims on a number are asked for across tenants.
create index phone_numbers_claims
    on public.phone_numbers (phone_number) where status = 'pending';

grant create on schema callward to callward_writer, callward_resolver;
set local role callward_resolver;

-- Is the number active for anybody, and do others than this tenant claim it?
create function callward.claims_on(
	phone_number text, user_id text, out active boolean, out others boolean)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	active := exists (select from public.phone_numbers
	    where phone_number = claims_on.phone_number and status = 'active');
	others := exists (select from public.phone_numbers
	    where phone_number = claims_on.phone_number and status = 'pending'
	        and user_id <> claims_on.user_id);
end $$;

-- Is the number active for another tenant than this?
create function callward.is_anothers(phone_number text, user_id text)
returns boolean
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return exists (select from public.phone_numbers
	    where phone_number = is_anothers.phone_number
	        and status = 'active' and user_id <> is_anothers.user_id);
end $$;

reset role;
set local role callward_writer;

-- What the tenant does -----------------------------------------------------

-- The line that a clinic forwards to, if the operator named none: the first,
-- but never one that is another tenant's alone.
create function callward.tenant_line() returns text
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return (select phone_number from callward.assistant_numbers
	    where not callward.is_anothers(phone_number,
	        callward.current_user_id())
	    order by created_at, phone_number
	    limit 1);
end $$;

-- Which number would be rung from which line?
--
-- absent    the tenant has no such number
-- conflict  there is nothing to prove, or nobody to ring: detail says why
-- ok        phone_number and line
create function callward.tenant_verification_target(
	number uuid, out outcome text, out answer jsonb,
	out phone_number text, out line text)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claim record;
	why text;
begin
	select n.phone_number, n.status,
	    coalesce(n.assistant_phone_number, callward.tenant_line()) as line
	into claim
	from public.phone_numbers n
	where n.user_id = callward.current_user_id()
	    and n.id = tenant_verification_target.number
	    and n.status <> 'released';
	if not found then
		outcome := 'absent';
		return;
	end if;
	why := case
	    when claim.status = 'active' then 'this number is in use already'
	    when claim.status <> 'pending' then 'this number is paused'
	    when claim.phone_number is null
	        then 'this number could not be read: register it anew'
	    when claim.line is null then 'no assistant number is set up yet:'
	        ' ask the operator'
	    when exists (select from callward.assistant_numbers a
	        where a.phone_number = claim.phone_number)
	        then 'this is a number on which assistants answer'
	    end;
	if why is not null then
		outcome := 'conflict';
		answer := jsonb_build_object('detail', why);
		return;
	end if;
	outcome := 'ok';
	phone_number := claim.phone_number;
	line := claim.line;
end $$;

-- Begin an attempt. Its row is there before anybody is rung; rung is false
-- where nobody may be, and only the program is to know.
--
-- absent, conflict  as above; for the loop, possession must be proven
-- limit             too many attempts: detail says of what
-- ok                the attempt's id, and the clinic's language
create function callward.tenant_verification_begin(
	number uuid, step text,
	out outcome text, out answer jsonb, out id uuid, out rung boolean,
	out language text)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	target record;
	why text;
begin
	target := callward.tenant_verification_target(number);
	outcome := target.outcome;
	answer := target.answer;
	if outcome <> 'ok' then
		return;
	end if;
	-- Two at once are counted one after the other.
	perform pg_advisory_xact_lock(hashtextextended('prove ' || me, 0));
	perform pg_advisory_xact_lock(
	    hashtextextended('prove ' || target.phone_number, 0));

	why := case
	    when (callward.claims_on(target.phone_number, me)).others
	        and exists (select from callward.verifications
	        where user_id = me and phone_number_id = number
	            and state = 'waiting_operator')
	        then 'this number is proven; the operator decides between'
	        ' several claims'
	    when tenant_verification_begin.step = 'loop'
	        and not exists (select from callward.verifications
	        where user_id = me and phone_number_id = number
	            and step = 'code' and state = 'proven'
	            and changed_at > now() - interval '30 minutes')
	        then 'show first that you answer this number, with a spoken'
	        ' code' end;
	if why is not null then
		outcome := 'conflict';
		answer := jsonb_build_object('detail', why);
		return;
	end if;

	-- Counted by number, whatever its row is called: who gives a claim up
	-- and makes it anew has no more. What others did to it is not told.
	why := case
	    when tenant_verification_begin.step = 'code'
	        and 3 <= (select count(*) from callward.verifications
	        where user_id = me and phone_number = target.phone_number
	            and step = 'code'
	            and started_at > now() - interval '1 day')
	        then 'three codes for this number today: try again tomorrow'
	    when tenant_verification_begin.step = 'loop'
	        and 5 <= (select count(*) from callward.verifications
	        where user_id = me and phone_number = target.phone_number
	            and step = 'loop'
	            and started_at > now() - interval '1 day')
	        then 'its forwarding was tried five times today: try again'
	        ' tomorrow'
	    when 10 <= (select count(*) from callward.verifications
	        where user_id = me
	            and started_at > now() - interval '1 hour')
	        then 'ten attempts within an hour: try again later'
	    -- three tenants can use up theirs
	    when tenant_verification_begin.step = 'code'
	        and 9 <= (select count(*) from callward.verifications
	        where phone_number = target.phone_number and step = 'code'
	            and started_at > now() - interval '1 day')
	        then 'no more codes for this number today: try again tomorrow'
	    -- who has just shown that it answers there may go on at once
	    when exists (select from callward.verifications
	        where phone_number = target.phone_number
	            and started_at > now() - interval '60 seconds'
	            and not (tenant_verification_begin.step = 'loop'
	                and user_id = me and phone_number_id = number
	                and state = 'proven'))
	        then 'this number cannot be rung at this moment: wait a'
	        ' minute' end;
	if why is not null then
		outcome := 'limit';
		answer := jsonb_build_object('detail', why);
		return;
	end if;

	rung := not (callward.claims_on(target.phone_number, me)).active;
	language := (select c.language from public.clinic_settings c
	    where user_id = me);
	insert into callward.verifications as v (user_id, phone_number_id,
	    phone_number, line, step, withheld)
	values (me, number, target.phone_number, target.line,
	    tenant_verification_begin.step, not rung)
	returning v.id into id;
end $$;

-- A code was typed: take one of five tries, before anybody compares.
--
-- absent    the tenant has no such number
-- conflict  no code waits to be typed
-- wait      all tries are taken, and the last is being compared
-- ok        the attempt that the code must be of. One that is proven takes no
--           more tries; the code that proved it is right again
create function callward.tenant_verification_try(
	number uuid, out outcome text, out answer jsonb, out id uuid)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	v callward.verifications;
	stands text;
begin
	select t.outcome, t.answer into outcome, answer
	from callward.tenant_verification_target(number) t;
	if outcome <> 'ok' then
		return;
	end if;
	select * into v from callward.verifications w
	where w.id = (select u.id from callward.verifications u
	    where u.user_id = callward.current_user_id()
	        and u.phone_number_id = number
	    order by u.started_at desc, u.id desc limit 1)
	for update;
	stands := (callward.verification_stands(v)).state;
	if v.step = 'code' and stands = 'spoken' and v.tries < 5 then
		update callward.verifications w set tries = tries + 1
		where w.id = v.id;
		id := v.id;
	elsif v.step = 'code' and stands = 'proven' then
		id := v.id;
	else
		outcome := case when stands = 'spoken' then 'wait'
		    else 'conflict' end;
		answer := jsonb_build_object('detail',
		    'no code waits to be typed: have one spoken first');
	end if;
end $$;

-- Has a call of this attempt's come back?
create function callward.verification_came_back(v callward.verifications)
returns boolean
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
begin
	if v.withheld then
		return false;
	elsif v.step = 'code' then
		return exists (select from callward.verification_legs
		    where verification_id = v.id);
	end if;
	return exists (select from callward.verification_legs
	    where came_at between v.started_at
	            and v.started_at + interval '60 seconds'
	        and verification_id is null
	        and (sender = v.line
	            or v.phone_number in (sender, forwarded_from, diversion)));
end $$;

-- What state and reason come to, at this moment. expires_at: until when the
-- attempt waits for something, or since when it does not any more.
create function callward.verification_stands(
	v callward.verifications, out state text, out reason text,
	out expires_at timestamptz)
language plpgsql stable set search_path = ''
as $$
declare
	minute constant interval := '1 minute';
	back boolean := false;
begin
	state := v.state;
	reason := v.reason;
	expires_at := v.changed_at;
	if v.state = 'ringing'
	    or v.reason in ('no_answer', 'busy', 'no_key', 'not_rung')
	then
		back := callward.verification_came_back(v);
	end if;
	case
	when v.reason in ('no_answer', 'not_rung')
	    and not (v.step = 'code' and back) then
		-- when and as it would if nobody had been rung
		expires_at := v.started_at + minute;
		if now() < expires_at then
			state := 'ringing';
			reason := null;
		else
			reason := case v.step when 'code' then 'no_answer'
			    else 'not_back' end;
		end if;
	when v.state = 'ringing' and v.step = 'code' then
		expires_at := coalesce(v.answered_at, v.started_at) + minute;
		if now() >= expires_at then
			state := 'failed';
			reason := case when v.answered_at is null
			    then 'no_answer' else 'no_key' end;
		end if;
	when v.state = 'ringing' then
		expires_at := v.started_at + case when back
		    then minute * 1.5 else minute end;
		if now() >= expires_at then
			state := 'failed';
			reason := case when back then 'wrong_tones'
			    else 'not_back' end;
		end if;
	when v.state in ('spoken', 'proven') then
		expires_at := v.changed_at + minute * case v.state
		    when 'spoken' then 10 else 30 end;
		if now() >= expires_at then
			state := 'failed';
			reason := 'lapsed';
		end if;
	else
	end case;
	-- A hint only, since who calls can be forged: a key that is pressed
	-- shows that somebody answers there.
	if v.step = 'code' and back and state = 'failed' then
		reason := 'forwarding_on';
	end if;
end $$;

create function callward.verification_detail(
	step text, state text, reason text)
returns text
language sql immutable set search_path = ''
begin atomic
	select case state
	when 'ringing' then case step
	    when 'code' then 'The number is being rung.'
	    else 'The number is being rung; the call should come back to us.' end
	when 'spoken' then 'A code was spoken. Type it within ten minutes.'
	when 'proven' then 'You answer this number. Now switch forwarding on and'
	    ' have it tried within half an hour.'
	when 'done' then 'The number is in use.'
	when 'waiting_operator' then 'The number is proven, but it is claimed by'
	    ' others too: the operator decides.'
	else case reason
	    when 'no_answer' then 'Nobody answered, or the number could not be'
	        ' rung: try again, or ask the operator.'
	    when 'busy' then 'The number was busy.'
	    when 'no_key' then 'The call was answered, but no key was pressed.'
	    when 'wrong_code' then 'Five wrong codes. Have a new one spoken.'
	    when 'forwarding_on' then 'The call came back to us: switch'
	        ' forwarding off for a minute and try again.'
	    when 'not_back' then 'The call did not come back within a minute:'
	        ' switch forwarding on, for all calls, and try again.'
	    when 'wrong_tones' then 'A call came back, but without the tones that'
	        ' we played: try again.'
	    when 'number_not_carried' then 'The call came back, but nothing in it'
	        ' names this number: have the carrier or the telephone system'
	        ' pass it on as the caller or as the number that forwards.'
	    else 'The time for this is over. Begin again.' end
	end;
end;

-- The last attempt at a number, as its tenant sees it; null when there is none.
create function callward.tenant_verification(number uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	v callward.verifications;
	s record;
begin
	select * into v from callward.verifications
	where user_id = me and phone_number_id = tenant_verification.number
	order by started_at desc, id desc
	limit 1;
	if not found then
		return null;
	end if;
	s := callward.verification_stands(v);
	-- the operator may have decided, or the others have given it up
	if exists (select from public.phone_numbers
	    where user_id = me and id = number and status = 'active') then
		s.state := 'done';
		s.reason := null;
	elsif s.state = 'waiting_operator'
	    and not (callward.claims_on(v.phone_number, me)).others then
		s.state := 'failed';
		s.reason := 'lapsed';
	end if;
	return jsonb_build_object('step', v.step, 'state', s.state,
	    'reason', s.reason, 'detail',
	    callward.verification_detail(v.step, s.state, s.reason),
	    'seen', v.seen, 'started_at', v.started_at,
	    'expires_at', s.expires_at,
	    'tries_left', case when v.step = 'code' then 5 - v.tries else 0 end);
end $$;

-- What the webhooks do -----------------------------------------------------

-- Twilio took the call, or refused it for good.
create function callward.verification_rung(
	id uuid, call_sid text, refused boolean)
returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	update callward.verifications v
	set call_sid = coalesce(v.call_sid, verification_rung.call_sid),
	    state = case when refused then 'failed' else state end,
	    reason = case when refused then 'not_rung' else reason end,
	    changed_at = case when refused then now() else changed_at end
	where v.id = verification_rung.id and not withheld
	    and (not refused or state = 'ringing' and answered_at is null);
	return found;
end $$;

-- The call that we make was answered: what is it to hear?
--
-- ask       for a key
-- tones     the call has come back: play them
-- announce  it has not: say what this is, and play them
-- absent    nothing: no attempt waits for this call
create function callward.verification_answered(id uuid, call_sid text)
returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	v callward.verifications;
begin
	claims := set_config('request.jwt.claims', '', true);
	update callward.verifications w
	set call_sid = verification_answered.call_sid,
	    answered_at = coalesce(answered_at, now())
	where w.id = verification_answered.id and state = 'ringing'
	    and not withheld
	    and started_at > now() - interval '90 seconds'
	    and coalesce(w.call_sid, verification_answered.call_sid)
	        = verification_answered.call_sid
	returning * into v;
	if not found then
		return 'absent';
	end if;
	return case when v.step = 'code' then 'ask'
	    when callward.verification_came_back(v) then 'tones'
	    else 'announce' end;
end $$;

-- A key was pressed: may the code be spoken? True again for the same call, if
-- it is asked for again.
create function callward.verification_pressed(id uuid, call_sid text)
returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	update callward.verifications v
	set state = 'spoken',
	    changed_at = case state when 'spoken' then changed_at else now() end
	where v.id = verification_pressed.id and step = 'code'
	    and v.call_sid = verification_pressed.call_sid
	    and state in ('ringing', 'spoken') and answered_at is not null
	    and answered_at > now() - interval '60 seconds';
	return found;
end $$;

-- The call that we made is over.
create function callward.verification_ended(
	id uuid, call_sid text, status text)
returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	why text := case verification_ended.status
	    when 'completed' then 'no_key' when 'busy' then 'busy'
	    when 'no-answer' then 'no_answer' else 'not_rung' end;
begin
	claims := set_config('request.jwt.claims', '', true);
	-- a loop may still come back, or is heard right now
	update callward.verifications v
	set ended_at = now(),
	    call_sid = verification_ended.call_sid,
	    state = case when state = 'ringing' and (step = 'code'
	        or why = 'not_rung') then 'failed' else state end,
	    reason = case when state = 'ringing' and (step = 'code'
	        or why = 'not_rung') then why else reason end,
	    changed_at = case when state = 'ringing' then now()
	        else changed_at end
	where v.id = verification_ended.id and not withheld
	    and ended_at is null
	    and coalesce(v.call_sid, verification_ended.call_sid)
	        = verification_ended.call_sid;
	return found;
end $$;

-- The code that was typed has been compared.
--
-- proven, wrong, absent; tries_left of five
create function callward.verification_compared(
	id uuid, correct boolean, out verdict text, out tries_left integer)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	v callward.verifications;
begin
	claims := set_config('request.jwt.claims', '', true);
	update callward.verifications w
	set state = case when correct then 'proven'
	        when tries >= 5 then 'failed' else state end,
	    reason = case when not correct and tries >= 5
	        then 'wrong_code' end,
	    changed_at = case when correct then now() else changed_at end
	where w.id = verification_compared.id and step = 'code'
	    and state = 'spoken'
	returning * into v;
	if not found then
		-- asked again
		select * into v from callward.verifications w
		where w.id = verification_compared.id
		    and (state = 'proven' and correct
		        or reason = 'wrong_code' and not correct);
	end if;
	verdict := case when v.id is null then 'absent'
	    when correct then 'proven' else 'wrong' end;
	tries_left := 5 - v.tries;
end $$;

-- Does an attempt wait for this call? At the loop any call on its line may be
-- the one, since tones decide. A call that names the number, or comes from the
-- line that rings it, may have come back on another line of ours; at the code
-- no other is meant, it is sent away, and is a hint that forwarding is on.
create function callward.loop_expected(
	sender text, recipient text, called text, forwarded_from text,
	diversion text)
returns boolean
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
begin
	return exists (select from callward.verifications v
	    where v.state = 'ringing' and not v.withheld
	        and v.started_at > now() - interval '60 seconds'
	        and (v.step = 'loop' and v.line = loop_expected.recipient
	            or v.line = loop_expected.sender
	            or v.phone_number in (loop_expected.sender,
	                loop_expected.forwarded_from,
	                loop_expected.diversion)));
end $$;

-- Note a call that came in while an attempt waited: is it listened to? Legs
-- are counted by the place and the number that they name: who calls in under
-- other numbers, or forges one place, takes no room from the leg that names its
-- number in another. Room is bounded, so that nobody keeps the lines busy: 30
-- for each place and number, and 5 for those that name none.
create function callward.verification_leg(
	call_sid text, sender text, recipient text, called text,
	forwarded_from text, diversion text)
returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	carrier text := case when forwarded_from is distinct from recipient
	    and forwarded_from is distinct from called
	    then forwarded_from end;
	waiting callward.verifications[];
	numbers text[];
	lines text[];
	loops bigint;
	code_of uuid;
	place text;
	room bigint;
begin
	claims := set_config('request.jwt.claims', '', true);
	select array_agg(v) into waiting from callward.verifications v
	where state = 'ringing' and not withheld
	    and started_at > now() - interval '60 seconds'
	    and (v.line in (sender, recipient)
	        or v.phone_number in (sender, carrier, diversion));
	select w.id into code_of from unnest(waiting) w
	where w.step = 'code' and (w.phone_number in (sender, carrier,
	        diversion)
	    or w.line = sender and cardinality(waiting) = 1);
	select count(*), array_agg(w.phone_number), array_agg(w.line)
	into loops, numbers, lines
	from unnest(waiting) w where w.step = 'loop';
	if code_of is null and loops = 0 then
		return false;
	end if;

	place := case
	    when code_of is not null then 'code ' || code_of
	    when carrier = any (numbers) then 'forwarded_from ' || carrier
	    when diversion = any (numbers) then 'diversion ' || diversion
	    when sender = any (numbers) then 'from ' || sender
	    when sender = any (lines) then 'line ' || sender
	    else 'none ' || recipient end;
	room := case split_part(place, ' ', 1) when 'code' then 1
	    when 'line' then 30 * loops when 'none' then 5 * loops
	    else 30 end;
	-- those that come at once are counted one after the other
	perform pg_advisory_xact_lock(hashtextextended('leg ' || place, 0));
	if room <= (select count(*) from callward.verification_legs g
	    where g.counted_as = place
	        and g.came_at > now() - interval '60 seconds'
	        and g.call_sid <> verification_leg.call_sid) then
		return false;
	end if;
	insert into callward.verification_legs (call_sid, line, sender, called,
	    forwarded_from, diversion, counted_as, verification_id)
	values (verification_leg.call_sid, recipient, left(sender, 128),
	    left(verification_leg.called, 128), left(carrier, 128),
	    left(verification_leg.diversion, 128), place, code_of)
	on conflict do nothing;
	return code_of is null;
end $$;

-- A leg heard eight tones, one of three times: the loops that they may be of.
create function callward.verification_listen(call_sid text)
returns setof uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	leg callward.verification_legs;
begin
	claims := set_config('request.jwt.claims', '', true);
	update callward.verification_legs g
	set listens = listens + 1
	where g.call_sid = verification_listen.call_sid and listens < 3
	    and verification_id is null
	    and came_at > now() - interval '90 seconds'
	returning * into leg;
	return query
	select v.id from callward.verifications v
	where v.step = 'loop' and v.state = 'ringing' and not v.withheld
	    and v.started_at > now() - interval '90 seconds'
	    and (v.line in (leg.line, leg.sender) or v.phone_number
	        in (leg.sender, leg.forwarded_from, leg.diversion))
	order by v.phone_number in (leg.sender, leg.forwarded_from,
	    leg.diversion) desc nulls last, v.started_at desc
	limit 50;
end $$;

-- What stands in one place of a call: nothing of other people's.
create function callward.seen_as(
	value text, phone_number text, line text)
returns text
language sql immutable set search_path = ''
begin atomic
	select case when coalesce(value, '') = '' then 'absent'
	    when value = phone_number then 'number'
	    when value = line then 'line' else 'other' end;
end;

-- A leg brought the tones of this attempt, so it is its call: by what carried
-- the number, later calls are known.
--
-- The attempt's new state, or 'absent' when it does not wait for them (any
-- more). While others claim the number too, none of the claims becomes active
-- by itself.
create function callward.verification_tones(call_sid text, id uuid)
returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	v callward.verifications;
	leg callward.verification_legs;
	others boolean;
begin
	claims := set_config('request.jwt.claims', '', true);
	select * into v from callward.verifications w
	where w.id = verification_tones.id
	for update;
	update callward.verification_legs g set verification_id = v.id
	where g.call_sid = verification_tones.call_sid and v.id is not null
	    and coalesce(g.verification_id, v.id) = v.id
	returning * into leg;
	if leg.call_sid is null or v.step <> 'loop' or v.withheld then
		return 'absent';
	elsif v.state <> 'ringing' then
		return v.state;
	elsif v.started_at <= now() - interval '90 seconds' then
		return 'absent';
	end if;

	v.seen := jsonb_build_object(
	    'from', callward.seen_as(leg.sender, v.phone_number, v.line),
	    'forwarded_from', callward.seen_as(leg.forwarded_from,
	        v.phone_number, v.line),
	    'diversion', callward.seen_as(leg.diversion, v.phone_number,
	        v.line));
	v.match_rule := case 'number' when v.seen ->> 'from' then 'from'
	    when v.seen ->> 'forwarded_from' then 'forwarded_from'
	    when v.seen ->> 'diversion' then 'diversion' end;
	perform pg_advisory_xact_lock(
	    hashtextextended('prove ' || v.phone_number, 0));
	select c.active, c.others into v.withheld, others
	from callward.claims_on(v.phone_number, v.user_id) c;
	v.state := case when v.withheld then 'ringing'
	    when v.match_rule is null then 'failed'
	    when others then 'waiting_operator' else 'done' end;
	v.reason := case when v.state = 'failed' then 'number_not_carried' end;
	if v.state in ('done', 'waiting_operator') then
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', v.user_id)::text, true);
		begin
			update public.phone_numbers n
			set match_rule = v.match_rule,
			    status = case v.state when 'done' then 'active'
			        else status end,
			    verified_at = case v.state when 'done' then now()
			        else verified_at end
			where n.user_id = v.user_id
			    and n.id = v.phone_number_id
			    and status = 'pending';
			if not found then
				v.state := 'failed';
				v.reason := 'lapsed';
			end if;
		exception when unique_violation then
			v.withheld := true;
			v.state := 'ringing';
		end;
		claims := set_config('request.jwt.claims', '', true);
	end if;
	update callward.verifications w
	set state = v.state, reason = v.reason, withheld = v.withheld,
	    match_rule = case when v.withheld then null
	        else v.match_rule end,
	    seen = case when v.withheld then null else v.seen end,
	    changed_at = now()
	where w.id = v.id;
	return v.state;
end $$;

do $$
declare
	tenants constant text[] := array['tenant_line', 'tenant_verification',
	    'tenant_verification_target', 'tenant_verification_begin',
	    'tenant_verification_try'];
	doors constant text[] := array['verification_rung',
	    'verification_answered', 'verification_pressed',
	    'verification_ended', 'verification_compared', 'verification_leg',
	    'verification_listen', 'verification_tones'];
	inner_ones constant text[] := array['verification_came_back',
	    'verification_stands', 'verification_detail', 'loop_expected',
	    'seen_as'];
	f record;
begin
	for f in
		select oid::regprocedure as name, proname from pg_proc
		where pronamespace = 'callward'::regnamespace
		    and proname = any (tenants || doors || inner_ones)
	loop
		execute format('revoke all on function %s from public', f.name);
		if f.proname = any (tenants) then
			execute format('grant execute on function %s'
			    ' to callward_tenant', f.name);
		elsif f.proname = any (doors) then
			execute format('grant execute on function %s'
			    ' to callward_intake', f.name);
		end if;
	end loop;
end $$;

reset role;
set local role callward_resolver;
revoke all on function callward.claims_on, callward.is_anothers from public;
grant execute on function callward.claims_on, callward.is_anothers
    to callward_writer;
reset role;
revoke create on schema callward from callward_writer, callward_resolver;

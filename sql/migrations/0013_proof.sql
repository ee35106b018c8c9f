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

do $$
declare
	tenants constant text[] := array['tenant_line', 'tenant_verification',
	    'tenant_verification_target', 'tenant_verification_begin',
	    'tenant_verification_try'];
	inner_ones constant text[] := array['verification_came_back',
	    'verification_stands', 'verification_detail'];
	f record;
begin
	for f in
		select oid::regprocedure as name, proname from pg_proc
		where pronamespace = 'callward'::regnamespace
		    and proname = any (tenants || inner_ones)
	loop
		execute format('revoke all on function %s from public', f.name);
		if f.proname = any (tenants) then
			execute format('grant execute on function %s'
			    ' to callward_tenant', f.name);
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

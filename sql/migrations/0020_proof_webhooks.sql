-- The proof of a number (0013, doc/proof.md), as the webhooks see it: what
-- became of the calls that we make, and which call that arrives is ours coming
-- back.

grant create on schema callward to callward_writer;
set local role callward_writer;

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
	doors constant text[] := array['verification_rung',
	    'verification_answered', 'verification_pressed',
	    'verification_ended', 'verification_compared', 'verification_leg',
	    'verification_listen', 'verification_tones'];
	inner_ones constant text[] := array['loop_expected', 'seen_as'];
	f record;
begin
	for f in
		select oid::regprocedure as name, proname from pg_proc
		where pronamespace = 'callward'::regnamespace
		    and proname = any (doors || inner_ones)
	loop
		execute format('revoke all on function %s from public', f.name);
		if f.proname = any (doors) then
			execute format('grant execute on function %s'
			    ' to callward_intake', f.name);
		end if;
	end loop;
end $$;

reset role;
revoke create on schema callward from callward_writer;

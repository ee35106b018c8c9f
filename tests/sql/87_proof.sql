-- The proof of a number: attempts, their limits, what comes back and what it
-- comes to. Doors are called as the webhook role, functions of the tenant as
-- the dashboard's role.
begin;
set search_path = tap, public;
select plan(155);
select tap.scenario();

-- The first row of a tenant's function, as the dashboard's role.
create function pg_temp.mine(owner text, call text) returns jsonb
language plpgsql as $$
declare
	answer jsonb;
begin
	perform set_config('request.jwt.claims',
	    json_build_object('sub', owner, 'callward_role', 'owner')::text,
	    true);
	perform set_config('role', 'callward_tenant', true);
	execute 'select to_jsonb(f) from callward.' || call || ' f' into answer;
	perform set_config('role', 'none', true);
	perform set_config('request.jwt.claims', '', true);
	return answer;
end $$;
create function pg_temp.begin(owner text, number integer,
    step text default 'code')
returns jsonb language sql as $$
	select pg_temp.mine(owner, format(
	    'tenant_verification_begin(%L, %L)', tap.u(number), step))
$$;
create function pg_temp.seen(owner text, number integer)
returns jsonb language sql as $$
	select pg_temp.mine(owner, format('tenant_verification(%L)',
	    tap.u(number)))
$$;
-- "step state reason" of the last attempt, as its tenant sees it.
create function pg_temp.stands(owner text, number integer)
returns text language sql as $$
	select concat_ws(' ', s ->> 'step', s ->> 'state', s ->> 'reason')
	from pg_temp.seen(owner, number) s
$$;
create function pg_temp.try(owner text, number integer)
returns jsonb language sql as $$
	select pg_temp.mine(owner, format('tenant_verification_try(%L)',
	    tap.u(number)))
$$;
-- The last attempt at a number, and time that passes for it and its legs.
create function pg_temp.last(number integer) returns uuid language sql as $$
	select id from callward.verifications
	where phone_number_id = tap.u(number)
	order by started_at desc, ended_at is null desc, step desc limit 1
$$;
create function pg_temp.pass(number integer, much interval)
returns void language sql as $$
	update callward.verifications
	set started_at = started_at - much, answered_at = answered_at - much,
	    changed_at = changed_at - much
	where phone_number_id = tap.u(number);
	update callward.verification_legs set came_at = came_at - much
$$;
create function pg_temp.hear(sid integer, number integer)
returns text language sql as $$
	select tap.door(format('verification_tones(%L, %L)', tap.sid(sid),
	    pg_temp.last(number)))
$$;
create function pg_temp.leg(sid integer, sender text,
    forwarded text default null, diversion text default null,
    recipient text default '+15559999999')
returns boolean language sql as $$
	select tap.door(format('verification_leg(%L, %L, %L, %L, %L, %L)',
	    tap.sid(sid), sender, recipient, recipient, forwarded,
	    diversion))::boolean
$$;
create function pg_temp.expected(sender text, forwarded text default null,
    diversion text default null, recipient text default '+15559999999')
returns boolean language plpgsql as $$
begin
	return callward.loop_expected(sender, recipient, recipient, forwarded,
	    diversion);
end $$;
-- The code step of a number, done.
create function pg_temp.possess(owner text, number integer, sid integer)
returns text language plpgsql as $$
declare
	id uuid;
	answer text;
begin
	perform pg_temp.begin(owner, number);
	id := pg_temp.last(number);
	perform tap.door(format('verification_answered(%L, %L)', id,
	    tap.sid(sid)));
	perform tap.door(format('verification_pressed(%L, %L)', id,
	    tap.sid(sid)));
	perform pg_temp.try(owner, number);
	answer := tap.door(format('verification_compared(%L, true)', id));
	-- so that the next attempt is the later one
	perform pg_temp.pass(number, '1 second');
	return answer;
end $$;

insert into public.phone_numbers (id, user_id, phone_number,
    phone_number_raw, status, assistant_phone_number)
values (tap.u(811), 'user_a', '+15554000001', null, 'pending', null),
    (tap.u(812), 'user_a', '+15554000002', null, 'pending',
        '+15559999998'),
    (tap.u(813), 'user_a', '+15554000003', null, 'pending', null),
    (tap.u(814), 'user_b', '+15554000003', null, 'pending', null),
    (tap.u(815), 'user_b', '+15551111111', null, 'pending', null),
    (tap.u(816), 'user_a', null, 'front desk', 'pending', null),
    (tap.u(817), 'user_a', '+15559999998', null, 'pending', null),
    (tap.u(818), 'user_a', '+15554000008', null, 'released', null),
    (tap.u(819), 'user_a', '+15554000009', null, 'paused', null);

-- What is there to ring?
create function pg_temp.target(owner text, number integer)
returns text language sql as $$
	select concat_ws(' ', t ->> 'outcome', t ->> 'phone_number',
	    t ->> 'line', t -> 'answer' ->> 'code')
	from pg_temp.mine(owner, format('tenant_verification_target(%L)',
	    tap.u(number))) t
$$;
select is(pg_temp.target('user_a', 811), 'ok +15554000001 +15559999998',
    'the first line rings');
select is(pg_temp.target('user_a', 812), 'ok +15554000002 +15559999998',
    'or the one that the operator named');
insert into public.phone_numbers (id, user_id, phone_number, status,
    match_rule)
values (tap.u(820), 'user_b', '+15559999998', 'active', 'to');
select is(pg_temp.target('user_a', 811), 'ok +15554000001 +15559999999',
    'but never one that is another tenant''s alone');
delete from public.phone_numbers where id = tap.u(820);
update public.phone_numbers set assistant_phone_number = '+15559999999'
where id = tap.u(811);
select is(pg_temp.target('user_b', 811), 'absent',
    'another tenant''s number is none');
select is(pg_temp.target('user_a', 899), 'absent', 'nor is one nobody has');
select is(pg_temp.target('user_a', 818), 'absent', 'nor one given up');
select matches(pg_temp.target('user_a', 801), '^conflict number_in_use$',
    'what is in use needs no proof');
select matches(pg_temp.target('user_a', 819), '^conflict .*paused',
    'what is paused is not rung');
select matches(pg_temp.target('user_a', 816), '^conflict number_unreadable$',
    'what is no number cannot be');
select matches(pg_temp.target('user_a', 817), '^conflict number_of_assistants$',
    'a line of ours is never rung');
select is(pg_temp.begin('user_b', 811) ->> 'outcome', 'absent',
    'nobody begins for others');
select is(pg_temp.seen('user_a', 811), null, 'no attempt, no object');

-- Step 1: the code.
create temporary table got as select pg_temp.begin('user_a', 811) as b;
select is(b - 'id',
    '{"outcome":"ok","answer":null,"rung":true,"language":null}'::jsonb,
    'an attempt begins') from got;
select is(b ->> 'id', pg_temp.last(811)::text, 'and is stored') from got;
select is(pg_temp.seen('user_a', 811) - '{detail,started_at,expires_at}'::text[],
    '{"step":"code","state":"ringing","reason":null,"seen":null,"tries_left":5}'
    ::jsonb, 'it rings');
select is((pg_temp.seen('user_a', 811) ->> 'expires_at')::timestamptz,
    now() + interval '1 minute', 'for a minute');
select is(pg_temp.seen('user_b', 811), null, 'others do not see it');
select matches(pg_temp.begin('user_a', 811) -> 'answer' ->> 'code',
    '^number_busy$', 'not again within a minute');
select is(pg_temp.begin('user_a', 811) ->> 'outcome', 'limit',
    'which is a limit');
select is(pg_temp.try('user_a', 811) ->> 'outcome', 'conflict',
    'no code was spoken yet');
select is(tap.door(format('verification_rung(%L, %L, false)',
    pg_temp.last(811), tap.sid(1))), 'true', 'Twilio took the call');
select is(tap.door(format('verification_answered(%L, %L)',
    pg_temp.last(811), tap.sid(2))), 'absent',
    'another call than ours hears nothing');
select is(tap.door(format('verification_pressed(%L, %L)',
    pg_temp.last(811), tap.sid(1))), 'false',
    'no key before it is answered');
select is(tap.door(format('verification_answered(%L, %L)',
    pg_temp.last(811), tap.sid(1))), 'ask', 'answered: ask for a key');
select is(tap.door(format('verification_pressed(%L, %L)',
    pg_temp.last(811), tap.sid(2))), 'false', 'a key of another call');
select is(pg_temp.stands('user_a', 811), 'code ringing', 'is none');
select is(tap.door(format('verification_pressed(%L, %L)',
    pg_temp.last(811), tap.sid(1))), 'true', 'pressed: speak');
select is(tap.door(format('verification_pressed(%L, %L)',
    pg_temp.last(811), tap.sid(1))), 'true', 'asked again: speak again');
select is(tap.door(format('verification_ended(%L, %L, %L)',
    pg_temp.last(811), tap.sid(1), 'completed')), 'true', 'over');
select is(pg_temp.stands('user_a', 811), 'code spoken', 'a code was spoken');
select is(pg_temp.try('user_b', 811) ->> 'outcome', 'absent',
    'others cannot try it');
select is(pg_temp.try('user_a', 811) - 'id', '{"outcome":"ok","answer":null}',
    'a try is taken');
select is(pg_temp.seen('user_a', 811) ->> 'tries_left', '4',
    'before anything is compared');
select is(tap.door(format('verification_compared(%L, false)',
    pg_temp.last(811))), '(wrong,4)', 'wrong');
select is(pg_temp.begin('user_a', 811, 'loop') ->> 'outcome', 'conflict',
    'no loop without possession');
select is(pg_temp.try('user_a', 811) ->> 'id', pg_temp.last(811)::text,
    'again');
select is(tap.door(format('verification_compared(%L, true)',
    pg_temp.last(811))), '(proven,3)', 'right');
select is(tap.door(format('verification_compared(%L, true)',
    pg_temp.last(811))), '(proven,3)', 'told twice: the same');
select is(pg_temp.stands('user_a', 811), 'code proven', 'possession');
select is(pg_temp.try('user_a', 811) ->> 'id', pg_temp.last(811)::text,
    'the code that proved it may be sent again');
select is(pg_temp.seen('user_a', 811) ->> 'tries_left', '3',
    'which takes no try');
select is(tap.door(format('verification_compared(%L, false)',
    pg_temp.last(811))), '(absent,)', 'another is right no more');
select is(status, 'pending', 'the number is not active by that')
from public.phone_numbers where id = tap.u(811);

-- Step 2: the loop, at once after possession.
select is(pg_temp.expected('+15559999999'), false,
    'no call is expected by itself');
select pg_temp.pass(811, '1 second');
select is(pg_temp.begin('user_a', 811, 'loop') ->> 'outcome', 'ok',
    'who has proven possession need not wait');
select is(pg_temp.stands('user_a', 811), 'loop ringing', 'the loop rings');
select is(pg_temp.expected('+15559999999'), true, 'our line comes back');
select is(pg_temp.expected('anonymous'), true, 'or nobody');
select is(pg_temp.expected('+15559999999', null, null, '+15559999998'), true,
    'on whichever line');
select is(pg_temp.expected('anonymous', null, null, '+15559999998'), false,
    'but nobody on another line than its own');
select is(tap.door(format('open_call(%L, %L, %L, %L, %L, null, null, null,'
    ' 0, 0)', tap.u(1), tap.sid(11), '+15559999999', '+15559999999',
    '+15559999999')) ~ '^\(loop,', true, 'open_call hands it over');
select is((select verdict from callward.webhook_events
    where twilio_call_sid = tap.sid(11)), null, 'and complains of nobody');
select is(tap.door(format('open_call(%L, %L, %L, %L, %L, null, null, null,'
    ' 0, 0)', tap.u(2), tap.sid(12), '+15552222222', '+15559999999',
    '+15559999999')) ~ '^\(new,.*user_b', true,
    'a call that has an owner goes to its owner all the while');
select is(tap.door(format('verification_answered(%L, %L)',
    pg_temp.last(811), tap.sid(3))), 'announce',
    'answered, but nothing came back');
-- The attacker is first, with a forged From.
select is(pg_temp.leg(21, '+15554000001'), true, 'a forged call is heard');
select is(tap.door(format('verification_answered(%L, %L)',
    pg_temp.last(811), tap.sid(3))), 'tones', 'a call came back: tones');
select is(tap.door(format('verification_listen(%L)', tap.sid(21))),
    pg_temp.last(811)::text, 'it may guess');
select is(pg_temp.leg(22, '+15559999999', '+15554000001'), true,
    'the true one is heard');
select is(pg_temp.leg(22, '+15559999999', '+15554000001'), true,
    'noted once, asked twice');
select is(tap.door(format('verification_listen(%L)', tap.sid(21))),
    pg_temp.last(811)::text, 'and guess');
select is(tap.door(format('verification_listen(%L)', tap.sid(21))),
    pg_temp.last(811)::text, 'and guess');
select is(tap.door(format('verification_listen(%L)', tap.sid(21))), null,
    'three times in all');
select is(pg_temp.stands('user_a', 811), 'loop ringing',
    'which changes nothing');
select is(pg_temp.hear(22, 811), 'done', 'the true one brings its tones');
select is(pg_temp.hear(22, 811), 'done', 'told twice: the same');
select is(pg_temp.hear(21, 811), 'done', 'too late for the other');
select results_eq($$ select status, match_rule, verified_at
    from public.phone_numbers where id = tap.u(811) $$,
    $$ values ('active', 'forwarded_from', now()) $$,
    'active, by the rule that was learned');
select is(pg_temp.seen('user_a', 811) -> 'seen', jsonb_build_object(
    'from', 'line', 'forwarded_from', 'number', 'diversion', 'absent'),
    'what was seen, as classes');
select is(pg_temp.stands('user_a', 811), 'loop done', 'done');
select is(pg_temp.expected('+15559999999'), false, 'nothing is expected');

-- Rules. Each carrier, on the second line.
create function pg_temp.carried(sender text, forwarded text, diversion text)
returns text language plpgsql as $$
declare
	said text;
begin
	update public.phone_numbers set status = 'pending', match_rule = 'from'
	where id = tap.u(812);
	delete from callward.verifications where phone_number_id = tap.u(812);
	delete from callward.verification_legs;
	perform pg_temp.possess('user_a', 812, 40);
	perform pg_temp.begin('user_a', 812, 'loop');
	perform pg_temp.leg(41, sender, forwarded, diversion, '+15559999998');
	perform pg_temp.hear(41, 812);
	select concat_ws(' ', pg_temp.stands('user_a', 812), match_rule,
	    array_to_string(array(select value from jsonb_each_text(
	        pg_temp.seen('user_a', 812) -> 'seen') order by key), ','))
	into said
	from public.phone_numbers where id = tap.u(812);
	return said;
end $$;
select is(pg_temp.carried('+15554000002', null, null),
    'loop done from absent,absent,number', 'the line presents itself');
select is(pg_temp.carried('+15559999998', '+15554000002', null),
    'loop done forwarded_from absent,number,line', 'ForwardedFrom');
select is(pg_temp.carried('+15559999998', null, '+15554000002'),
    'loop done diversion number,absent,line', 'Diversion');
select is(pg_temp.carried('+15554000002', '+15554000002', '+15554000002'),
    'loop done from number,number,number', 'From wins');
select is(pg_temp.carried('+15559999998', '+15559999998', null),
    'loop failed number_not_carried from absent,absent,line',
    'a ForwardedFrom that is the line says nothing');
select is(pg_temp.carried('+15557654321', '+15557654322', null),
    'loop failed number_not_carried from absent,other,other',
    'other people''s numbers are not told');
select is(status, 'pending', 'and activate nothing')
from public.phone_numbers where id = tap.u(812);

-- Nothing comes back, or without tones.
delete from callward.verifications;
delete from callward.verification_legs;
update public.phone_numbers set status = 'pending' where id = tap.u(811);
select is(pg_temp.possess('user_a', 811, 50), '(proven,4)', 'once more');
select is(pg_temp.begin('user_a', 811, 'loop') ->> 'outcome', 'ok',
    'a line that does not forward');
select is(tap.door(format('verification_ended(%L, %L, %L)',
    pg_temp.last(811), tap.sid(51), 'no-answer')), 'true', 'rings out');
select is(pg_temp.stands('user_a', 811), 'loop ringing', 'may still come');
select pg_temp.pass(811, '61 seconds');
select is(pg_temp.stands('user_a', 811), 'loop failed not_back', 'not back');
select is(pg_temp.expected('+15559999999'), false, 'and nothing is awaited');
select is(pg_temp.leg(52, '+15554000001'), false, 'what comes late is sent away');
select is(pg_temp.hear(52, 811), 'absent', 'and unbound');
select is(pg_temp.begin('user_a', 811, 'loop') ->> 'outcome', 'ok',
    'possession lasts');
select is(pg_temp.leg(53, '+15559999999'), true, 'one that comes back');
select pg_temp.pass(811, '61 seconds');
select is(pg_temp.stands('user_a', 811), 'loop ringing', 'is waited for');
select pg_temp.pass(811, '30 seconds');
select is(pg_temp.stands('user_a', 811), 'loop failed wrong_tones',
    'half a minute more');
select is(pg_temp.hear(53, 811), 'absent', 'then even right tones are late');
select pg_temp.pass(811, '28 minutes');
select is(pg_temp.begin('user_a', 811, 'loop') ->> 'outcome', 'conflict',
    'possession lapses');

-- So many legs: thirty of a number and place, five that name none.
create function pg_temp.heard(sids integer, times integer, sender text,
    forwarded text default null, diversion text default null,
    recipient text default '+15559999999')
returns bigint language sql as $$
	select count(*) filter (where pg_temp.leg(i, sender, forwarded,
	    diversion, recipient)) from generate_series(sids, sids + times - 1) i
$$;
delete from callward.verifications;
delete from callward.verification_legs;
select pg_temp.possess('user_a', 811, 60);
select pg_temp.begin('user_a', 811, 'loop');
select is(pg_temp.heard(1000, 7, 'anonymous'), 5::bigint, 'five strangers');
select is(pg_temp.heard(1100, 40, '+15554000001'), 30::bigint,
    'thirty from the number');
select is(pg_temp.leg(1100, '+15554000001'), true, 'asked again: the same');
select is(pg_temp.leg(1200, '+15559999999', '+15554000001'), true,
    'room for one that was forwarded from it');
select is(pg_temp.leg(1201, '+15559999999', null, '+15554000001'), true,
    'for one that was diverted');
select is(pg_temp.leg(1202, '+15559999999'), true, 'for one from the line');
-- An attacker has a loop of its own.
select pg_temp.possess('user_a', 812, 61);
select pg_temp.begin('user_a', 812, 'loop');
select is(pg_temp.heard(1300, 40, '+15554000002', null, null,
    '+15559999998'), 30::bigint, 'another number has a count of its own');
select is(pg_temp.heard(1400, 40, '+15559999999', '+15554000002'), 30::bigint,
    'in each place');
select is(pg_temp.heard(1500, 40, 'anonymous', '+15554000001'), 29::bigint,
    'which leaves the rest of the first');

-- The call of the code comes back, or seems to: a hint, for a From can be
-- forged.
delete from callward.verifications;
delete from callward.verification_legs;
select pg_temp.begin('user_a', 811);
select is(pg_temp.expected('+15557654321'), false,
    'a stranger is none of ours');
select is(pg_temp.expected('+15557654321', '+15554000001'), true,
    'forwarded from the number');
select is(pg_temp.heard(1600, 20, '+15557654321', '+15554000001'), 0::bigint,
    'they are sent away');
select is(count(*), 1::bigint, 'and one is noted')
from callward.verification_legs;
select is(pg_temp.stands('user_a', 811), 'code ringing', 'it still rings');
select is(tap.door(format('verification_answered(%L, %L)',
    pg_temp.last(811), tap.sid(82))), 'ask', 'who answers is asked');
select is(tap.door(format('verification_pressed(%L, %L)',
    pg_temp.last(811), tap.sid(82))), 'true', 'and hears the code');
select is(pg_temp.stands('user_a', 811), 'code spoken', 'it is spoken');
create function pg_temp.hinted(status text) returns text
language plpgsql as $$
begin
	delete from callward.verifications;
	delete from callward.verification_legs;
	perform pg_temp.begin('user_a', 811);
	perform pg_temp.leg(1700, '+15559999999', '+15554000001');
	if status is null then
		perform pg_temp.pass(811, '60 seconds');
	else
		perform tap.door(format('verification_ended(%L, %L, %L)',
		    pg_temp.last(811), tap.sid(83), status));
	end if;
	return pg_temp.stands('user_a', 811);
end $$;
select is(pg_temp.hinted(status), 'code failed forwarding_on',
    format('no key was pressed, %s: forwarding is on', status))
from unnest(array['busy', 'no-answer', 'completed', 'failed', null]) status;

-- How a call can end.
create function pg_temp.ended(status text, seconds integer default 0)
returns text language plpgsql as $$
begin
	delete from callward.verifications;
	delete from callward.verification_legs;
	perform pg_temp.begin('user_a', 811);
	perform tap.door(format('verification_ended(%L, %L, %L)',
	    pg_temp.last(811), tap.sid(90), status));
	perform pg_temp.pass(811, make_interval(secs => seconds));
	return pg_temp.stands('user_a', 811);
end $$;
select is(pg_temp.ended('busy'), 'code failed busy', 'busy');
select is(pg_temp.ended('completed'), 'code failed no_key', 'no key');
select is(pg_temp.ended('failed'), 'code ringing',
    'nor does a number that cannot be rung');
select is(pg_temp.ended('failed', 60), 'code failed no_answer', 'the same');
select is(pg_temp.ended('no-answer'), 'code ringing',
    'no answer shows when the minute is over');
select is(pg_temp.ended('no-answer', 60), 'code failed no_answer', 'then');
delete from callward.verifications;
select pg_temp.begin('user_a', 811);
select tap.door(format('verification_rung(%L, null, true)',
    pg_temp.last(811)));
select is(pg_temp.stands('user_a', 811), 'code ringing', 'refused by Twilio');
select is(reason, 'not_rung', 'as the operator sees')
from callward.verifications;

-- While the number is active for somebody, nobody is rung, and it looks like
-- a call that nobody answers.
delete from callward.verifications;
create temporary table looks as
select 'active' as kind, pg_temp.begin('user_b', 815) as b,
    null::jsonb as ringing, null::jsonb as over;
update looks set ringing = pg_temp.seen('user_b', 815);
select is(b ->> 'outcome' || ' ' || (b ->> 'rung'), 'ok false',
    'a number that is active is not rung') from looks;
select is(tap.door(format('verification_answered(%L, %L)',
    pg_temp.last(815), tap.sid(95))), 'absent', 'nothing belongs to it');
select pg_temp.pass(815, '60 seconds');
update looks set over = pg_temp.seen('user_b', 815);
create function pg_temp.look(what text, call text) returns void
language plpgsql as $$
begin
	delete from callward.verifications;
	insert into looks select what, pg_temp.begin('user_a', 812);
	perform tap.door(format(call, pg_temp.last(812)));
	update looks set ringing = pg_temp.seen('user_a', 812)
	where kind = what;
	perform pg_temp.pass(812, '60 seconds');
	update looks set over = pg_temp.seen('user_a', 812)
	where kind = what;
end $$;
select pg_temp.look('nobody', format('verification_ended(%%L, %L, %L)',
    tap.sid(96), 'no-answer'));
select pg_temp.look('unreachable', format('verification_ended(%%L, %L, %L)',
    tap.sid(96), 'failed'));
select pg_temp.look('refused', 'verification_rung(%L, null, true)');
select is(array_agg(kind order by kind), array['active', 'nobody', 'refused',
    'unreachable'], 'all of them') from looks;
select is(count(distinct (b - 'id' - 'rung', ringing, over)), 1::bigint,
    'look the same, while it rings and when it is over') from looks;
-- the same for the loop
delete from callward.verifications;
select pg_temp.possess('user_a', 812, 96);
select pg_temp.begin('user_a', 812, 'loop');
select tap.door(format('verification_rung(%L, null, true)',
    pg_temp.last(812)));
select is(pg_temp.stands('user_a', 812), 'loop ringing', 'a loop likewise');
select pg_temp.pass(812, '60 seconds');
select is(pg_temp.stands('user_a', 812), 'loop failed not_back',
    'has not come back');

-- Nor do calls that arrive meanwhile, if they are nobody's, tell whether it is
-- rung: what is said to them, and what becomes of the attempt.
create function pg_temp.calls_meanwhile(owner text, number integer,
    phone text, sids integer)
returns text language plpgsql as $$
declare
	told text := '';
	sender text;
begin
	foreach sender in array array['anonymous', '+15557654321', phone,
	    '+15559999998'] loop
		told := told || format('%s %s ', pg_temp.expected(sender, null,
		    null, '+15559999998'), pg_temp.leg(sids, sender, null, null,
		    '+15559999998'));
		sids := sids + 1;
	end loop;
	told := told || format('%s ', pg_temp.expected('anonymous', phone))
	    || pg_temp.stands(owner, number);
	perform pg_temp.pass(number, '60 seconds');
	told := told || ', ' || pg_temp.stands(owner, number);
	perform pg_temp.pass(number, '30 seconds');
	return told || ', ' || pg_temp.stands(owner, number);
end $$;
delete from callward.verifications;
delete from callward.verification_legs;
insert into public.phone_numbers (id, user_id, phone_number, status,
    match_rule)
values (tap.u(823), 'user_b', '+15554000023', 'pending', 'to'),
    (tap.u(824), 'user_a', '+15554000023', 'pending', 'from'),
    (tap.u(825), 'user_a', '+15554000025', 'pending', 'from');
update public.phone_numbers set assistant_phone_number = '+15559999998'
where id in (tap.u(824), tap.u(825));
create temporary table meanwhile (step text, kind text, told text);
update public.phone_numbers set status = 'active' where id = tap.u(823);
select is(array[pg_temp.begin('user_a', 824) ->> 'rung',
    pg_temp.begin('user_a', 825) ->> 'rung'], array['false', 'true'],
    'the one is rung and the other is not');
insert into meanwhile values ('code', 'active', pg_temp.calls_meanwhile(
    'user_a', 824, '+15554000023', 1800));
delete from callward.verification_legs;
insert into meanwhile values ('code', 'free', pg_temp.calls_meanwhile(
    'user_a', 825, '+15554000025', 1810));
delete from callward.verifications;
delete from callward.verification_legs;
update public.phone_numbers set status = 'pending' where id = tap.u(823);
select pg_temp.possess('user_a', 824, 1820);
select pg_temp.possess('user_a', 825, 1821);
update public.phone_numbers set status = 'active' where id = tap.u(823);
select is(array[pg_temp.begin('user_a', 824, 'loop') ->> 'rung',
    pg_temp.begin('user_a', 825, 'loop') ->> 'rung'], array['false', 'true'],
    'a number that became active meanwhile is not rung');
create temporary table waits as select * from callward.verifications;
delete from callward.verifications where phone_number_id = tap.u(825);
insert into meanwhile values ('loop', 'active', pg_temp.calls_meanwhile(
    'user_a', 824, '+15554000023', 1830));
delete from callward.verification_legs;
delete from callward.verifications;
insert into callward.verifications select * from waits
where phone_number_id = tap.u(825);
insert into meanwhile values ('loop', 'free', pg_temp.calls_meanwhile(
    'user_a', 825, '+15554000025', 1840));
select is(array_agg(told order by step, kind), array[
    'f f f f t f t f t code ringing, code failed forwarding_on, '
    || 'code failed forwarding_on',
    'f f f f t f t f t code ringing, code failed forwarding_on, '
    || 'code failed forwarding_on',
    't t t t t t t t t loop ringing, loop ringing, loop failed wrong_tones',
    't t t t t t t t t loop ringing, loop ringing, loop failed wrong_tones'],
    'calls that are nobody''s are answered alike, and change as much')
from meanwhile;
delete from callward.verifications;
delete from callward.verification_legs;
delete from public.phone_numbers
where id in (tap.u(823), tap.u(824), tap.u(825));

-- Several claims: the operator decides.
delete from callward.verifications;
delete from callward.verification_legs;
select is(pg_temp.possess('user_a', 813, 97), '(proven,4)', 'one claim');
select pg_temp.begin('user_a', 813, 'loop');
select pg_temp.leg(98, '+15554000003', null, null, '+15559999998');
select is(pg_temp.hear(98, 813), 'waiting_operator', 'is proven');
select results_eq($$ select status, match_rule from public.phone_numbers
    where phone_number = '+15554000003' order by id $$,
    $$ values ('pending', 'from'), ('pending', 'from') $$, 'and none active');
select is(pg_temp.begin('user_a', 813) ->> 'outcome', 'conflict',
    'there is nothing more to prove');
update public.phone_numbers set status = 'released' where id = tap.u(814);
select is(pg_temp.stands('user_a', 813), 'loop failed lapsed',
    'once the others have given it up');
select pg_temp.pass(813, '61 seconds');
select is(pg_temp.possess('user_a', 813, 84), '(proven,4)',
    'it may be proven anew');
select pg_temp.begin('user_a', 813, 'loop');
select pg_temp.leg(85, '+15554000003', null, null, '+15559999998');
select is(pg_temp.hear(85, 813), 'done', 'and is active by itself');
update public.phone_numbers set status = 'pending'
where id in (tap.u(813), tap.u(814));
update public.phone_numbers set status = 'active' where id = tap.u(813);
select is(pg_temp.stands('user_a', 813), 'loop done',
    'until the operator activates it');

-- Limits.
create function pg_temp.begun(number integer, times integer, apart interval,
    owner text default 'user_a')
returns text language plpgsql as $$
declare
	said jsonb;
begin
	for i in 1..times loop
		said := pg_temp.begin(owner, number);
		perform pg_temp.pass(number, apart);
	end loop;
	return coalesce(said -> 'answer' ->> 'code', said ->> 'outcome');
end $$;
delete from callward.verifications;
select is(pg_temp.begun(811, 3, '61 seconds'), 'ok', 'three codes a day');
select matches(pg_temp.begun(811, 1, '0'), '^codes_per_day$', 'not four');
-- A claim that is given up and made anew.
update public.phone_numbers set status = 'released' where id = tap.u(811);
insert into public.phone_numbers (id, user_id, phone_number, status)
values (tap.u(821), 'user_a', '+15554000001', 'pending');
select matches(pg_temp.begun(821, 1, '0'), '^codes_per_day$',
    'whatever the claim is called');
update public.phone_numbers set status = 'released' where id = tap.u(821);
update public.phone_numbers set status = 'pending' where id = tap.u(811);
-- Other tenants.
insert into public.phone_numbers (id, user_id, phone_number, status)
values (tap.u(822), 'user_b', '+15554000001', 'pending');
select is(pg_temp.begun(822, 3, '61 seconds', 'user_b'), 'ok',
    'three of another tenant');
update callward.verifications set user_id = 'user_z'
where user_id = 'user_b';
select is(pg_temp.begun(822, 3, '61 seconds', 'user_b'), 'ok',
    'three of a third');
update callward.verifications set user_id = 'user_y'
where user_id = 'user_b';
select matches(pg_temp.begun(822, 1, '0', 'user_b'), '^no_more_codes$',
    'nine a number and day');
delete from public.phone_numbers where id = tap.u(822);
-- The loop has a count of its own.
update callward.verifications set state = 'proven', changed_at = now()
where id = (select id from callward.verifications
    where user_id = 'user_a' limit 1);
create function pg_temp.loops(times integer) returns text
language plpgsql as $$
declare
	said jsonb;
begin
	for i in 1..times loop
		said := pg_temp.begin('user_a', 811, 'loop');
		update callward.verifications
		set started_at = started_at - interval '61 seconds';
	end loop;
	return coalesce(said -> 'answer' ->> 'code', said ->> 'outcome');
end $$;
select is(pg_temp.loops(5), 'ok', 'five loops, after all those codes');
select matches(pg_temp.loops(1), '^loops_per_day$', 'not six');
-- Nothing is said of who rang it.
delete from callward.verifications;
select is(pg_temp.begun(811, 1, '0'), 'ok', 'one');
select is(pg_temp.begun(811, 1, '0'), 'number_busy',
    'and a minute until the next');
delete from callward.verifications;
insert into callward.verifications (user_id, phone_number_id,
    phone_number, line, step)
select 'user_a', tap.u(899), '+15557000000', '+15559999999', 'code'
from generate_series(1, 10);
select matches(pg_temp.begun(811, 1, '0'), '^attempts_per_hour$',
    'ten a tenant and hour');

-- A try at a time, five in all, for ten minutes.
delete from callward.verifications;
select pg_temp.possess('user_a', 811, 99);
update callward.verifications set state = 'spoken', tries = 4;
select is(pg_temp.try('user_a', 811) ->> 'outcome', 'ok', 'the fifth try');
select is(pg_temp.try('user_a', 811) ->> 'outcome', 'wait', 'no sixth');
select is(tap.door(format('verification_compared(%L, false)',
    pg_temp.last(811))), '(wrong,0)', 'wrong');
select is(pg_temp.stands('user_a', 811), 'code failed wrong_code',
    'five wrong codes');
update callward.verifications set state = 'spoken', reason = null, tries = 0;
select pg_temp.pass(811, '10 minutes');
select is(pg_temp.stands('user_a', 811), 'code failed lapsed', 'it lapses');
select is(pg_temp.try('user_a', 811) ->> 'outcome', 'conflict',
    'and is not tried');

select * from finish();
rollback;

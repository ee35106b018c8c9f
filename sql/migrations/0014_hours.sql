-- Opening hours and plans: what an arriving call meets beside its owner. Same
-- rules as in 0006.

-- Usage is summed along this index. A row gets into it with its report, so an
-- arriving call does not pay for it.
create index calls_used on public.calls (user_id, created_at)
    include (duration_seconds)
    where duration_seconds > 0 and not is_test
	and (ended_reason is null or ended_reason not like 'callward-%');

-- The clinic's time zone. One that the system has forgotten since is UTC: a
-- call must not fail for it.
create function callward.clinic_zone(user_id text) returns text
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
	zone text;
begin
	select timezone into zone from public.clinic_settings
	where user_id = clinic_zone.user_id;
	if zone is null then
		return 'UTC';
	end if;
	perform now() at time zone zone;
	return zone;
exception
	when invalid_parameter_value then
		return 'UTC';
end $$;

-- Is this number's clinic open at that moment, by the wall clock of its zone?
--
-- The first of these that has a row says it: special days of the number,
-- special days of all numbers, the week of the number, the week of all
-- numbers. A special row counts on its days alone; a week that has a row says
-- all of the week. Nothing says anything: open. An hour that a change of
-- clocks brings twice is open both times.
--
-- An interval holds its beginning and not its end; a row without times is the
-- whole day; closed beats an interval of the same kind.
create function callward.is_open(
	user_id text, phone_number_id uuid, at timestamptz)
returns boolean
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
	clock constant timestamp :=
	    is_open.at at time zone callward.clinic_zone(user_id);
	today constant date := clock::date;
	answer boolean;
begin
	select not bool_or(is_closed and applies)
	    and bool_or(applies
	        and clock::time >= coalesce(open_time, '00:00')
	        and clock::time < coalesce(close_time, '24:00'))
	into answer
	from (
		select is_closed, open_time, close_time,
		    specific_date is not null
		        or day_of_week = extract(dow from today) as applies,
		    rank() over (order by specific_date is null,
		        phone_number_id is null) as place
		from public.working_hours
		where user_id = is_open.user_id
		    and (phone_number_id is null
		        or phone_number_id = is_open.phone_number_id)
		    and (day_of_week is not null or today between specific_date
		        and coalesce(date_end, specific_date))
	) h
	where place = 1;
	return coalesce(answer, true);
end $$;

-- The period of a plan that holds this moment. The newest subscription says
-- its begin and end; when the end has passed and nobody renewed it, it goes on
-- month by month from there, by the clinic's wall clock, so that a clinic is
-- neither cut off nor served without end because somebody forgot. So are the
-- months before a period that is still to come. Without either it is the
-- calendar month of the clinic's zone.
create function callward.current_period(
	user_id text, at timestamptz,
	out period_start timestamptz, out period_end timestamptz)
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
	zone constant text := callward.clinic_zone(user_id);
	clock constant timestamp := current_period.at at time zone zone;
	-- a month begins here, and in every other month
	turn timestamp;
	months integer;
begin
	select current_period_start, current_period_end
	into period_start, period_end
	from public.subscriptions
	where user_id = current_period.user_id
	order by created_at desc, id desc
	limit 1;
	if period_end > current_period.at then
		period_start := coalesce(period_start, ((period_end
		    at time zone zone) - interval '1 month') at time zone zone);
		if period_start <= current_period.at then
			return;
		end if;
	end if;
	turn := coalesce(period_end at time zone zone,
	    period_start at time zone zone, date_trunc('month', clock));
	months := 12 * (extract(year from clock) - extract(year from turn))
	    + extract(month from clock) - extract(month from turn);
	if turn + make_interval(months => months) > clock then
		months := months - 1;
	end if;
	period_start := (turn + make_interval(months => months))
	    at time zone zone;
	period_end := (turn + make_interval(months => months + 1))
	    at time zone zone;
end $$;

-- The seconds of calls that began in this time and count against a plan: no
-- tests, and none that the assistant did not take.
create function callward.used_seconds(
	user_id text, since timestamptz, until timestamptz)
returns bigint
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
begin
	return (select coalesce(sum(duration_seconds), 0) from public.calls
	    where user_id = used_seconds.user_id
	        and created_at >= since and created_at < until
	        and duration_seconds > 0 and not is_test
	        and (ended_reason is null
	            or ended_reason not like 'callward-%'));
end $$;

-- Are the plan's seconds used up?
create function callward.is_used_up(
	user_id text, included_seconds integer, at timestamptz)
returns boolean
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
	period record;
begin
	period := callward.current_period(user_id, at);
	return included_seconds <= callward.used_seconds(user_id,
	    period.period_start, period.period_end);
end $$;

-- For the operator's lists.
create policy resolver_rows on public.subscriptions
    as permissive for select to callward_resolver using (true);
grant select (id, user_id, plan, status, included_seconds, cap_behaviour,
    current_period_start, current_period_end, created_at)
on public.subscriptions to callward_resolver;
grant select (assistant_phone_number) on public.phone_numbers
    to callward_resolver;

alter type callward.opening
    add attribute after_hours boolean,
    add attribute capped boolean,
    add attribute greeting text,
    add attribute language text,
    add attribute clinic_name text,
    add attribute after_hours_message text,
    add attribute message_language text;

do $$
begin
	grant create on schema callward to callward_writer;
end $$;
set local role callward_writer;

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
-- ours is none. dialled_recently: a fallback was dialled for this sender
-- within the last minute. Hours and plan cost a clinic that has none of them
-- a look into an index each.
create or replace function callward.open_call(
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
	about record;
	-- of an attempt that is sent again, when the first came
	since timestamptz;
begin
	claims := set_config('request.jwt.claims', '', true);
	insert into callward.call_answers (call_sid, sender, call_id)
	values (open_call.call_sid, coalesce(open_call.sender, ''),
	    open_call.call_id)
	on conflict do nothing
	returning opened_at into since;
	if not found then
		o := callward.reopen_call(call_id, call_sid,
		    coalesce(sender, ''));
		select opened_at into since from callward.call_answers
		where call_sid = open_call.call_sid;
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
		    open_call.sender, open_call.recipient, open_call.call_sid,
		    o.owner_rule, open_call.stir_verstat,
		    open_call.forwarded_from, open_call.diversion,
		    o.after_hours)
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

-- End a CallSid without an assistant: it gets this answer if it has none.
--
-- settled  done; the call that was opened for it, if it is not final and not
--          bound, has ended for ended_reason, which begins with 'callward-':
--          it failed, or nobody was to answer; 'callward-forwarded' goes on
-- repeat   it had one: answer
-- absent   no such CallSid
--
-- user_id and call_id name the caller's own call. Without them, the call that
-- another attempt opened and left behind is meant, if ended_reason is given.
create or replace function callward.settle_call(
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
		set status = case settle_call.ended_reason
		        when 'callward-forwarded' then 'forwarding'
		        when 'callward-after-hours' then 'no-answer'
		        when 'callward-over-plan' then 'no-answer'
		        else 'failed' end,
		    ended_reason = coalesce(settle_call.ended_reason,
		        'callward-failed'),
		    ended_at = case when settle_call.ended_reason
		        is distinct from 'callward-forwarded' then now() end,
		    updated_at = now()
		where user_id = owner and id = opened and vapi_call_id is null
		    and status in ('initiated', 'ringing', 'in-progress',
		        'forwarding');
		claims := set_config('request.jwt.claims', '', true);
	end if;
	return s;
end $$;

-- Fold a message e into the call c. The outcome does not depend on the order
-- in which a call's messages come:
--
--   * status only goes up in rank; of two final ones the report's stands;
--   * what ends a call (a final status, the report) fills the rest; of the two
--     the first report's values stand; nothing empty erases;
--   * started_at is the earliest that any message named, because several
--     kinds of message name it;
--   * an end that settle_call wrote ('callward-...') stands, as a reason also
--     where the call goes on (forwarded);
--   * a later report fills what is empty; what it says otherwise is kept as a
--     revision, five at most.
create or replace function callward.merge_event(
	c public.calls, e public.calls, report boolean)
returns callward.merge
language plpgsql set search_path = ''
as $$
declare
	m callward.merge;
	n public.calls := c;
	-- of two values the one of a stands
	a public.calls := c;
	b public.calls := e;
	first constant boolean := report and c.report_at is null;
	other jsonb;
begin
	if c.ended_reason like 'callward-%' then
		e.ended_reason := null;
		if callward.rank_of(c.status) = 5 then
			e.ended_at := null;
			if callward.rank_of(e.status) = 5 then
				e.status := c.status;
			end if;
		end if;
	end if;
	n.vapi_call_id := coalesce(c.vapi_call_id, e.vapi_call_id);
	n.twilio_call_sid := coalesce(c.twilio_call_sid, e.twilio_call_sid);
	n.started_at := least(c.started_at, e.started_at);
	if callward.rank_of(e.status) > callward.rank_of(c.status)
	    or first and callward.rank_of(e.status) = 5 then
		n.status := e.status;
	end if;
	if first then
		a := e;
		b := c;
		n.report_at := now();
	end if;
	if report or callward.rank_of(e.status) = 5 then
		n.ended_reason := coalesce(a.ended_reason, b.ended_reason);
		n.ended_at := coalesce(a.ended_at, b.ended_at);
		n.duration_seconds := coalesce(a.duration_seconds,
		    b.duration_seconds);
		n.recording_url := coalesce(a.recording_url, b.recording_url);
		n.transcript := coalesce(a.transcript, b.transcript);
		n.messages := coalesce(a.messages, b.messages);
		n.summary := coalesce(a.summary, b.summary);
		n.analysis := coalesce(a.analysis, b.analysis);
		n.structured_data := coalesce(a.structured_data,
		    b.structured_data);
		n.success_evaluation := coalesce(a.success_evaluation,
		    b.success_evaluation);
		n.cost_usd := coalesce(a.cost_usd, b.cost_usd);
	end if;
	if report and not first then
		other := callward.differences(c, e);
		if other = '{}' or exists (select
		    from jsonb_array_elements(c.revisions) r
		    where r -> 'values' = other) then
			other := null;
		elsif jsonb_array_length(c.revisions) < 5 then
			n.revisions := c.revisions || jsonb_build_object(
			    'at', now(), 'values', other);
			m.reason := 'revision';
		else
			m.reason := 'revision_limit';
		end if;
	end if;

	m.call := n;
	m.changed := n is distinct from c;
	m.verdict := case
		when not report
		    and callward.rank_of(e.status) < callward.rank_of(c.status)
		    then 'stale'
		when m.changed or m.reason is not null
		    or e.status is null and not report then 'accepted'
		else 'duplicate' end;
	return m;
end $$;

reset role;

do $$
begin
	revoke all on function callward.clinic_zone, callward.is_open,
	    callward.current_period, callward.used_seconds,
	    callward.is_used_up from public;
	grant execute on function callward.clinic_zone, callward.is_open,
	    callward.current_period, callward.used_seconds
	to callward_writer, callward_tenant;
	grant execute on function callward.is_used_up to callward_writer;
	alter function callward.clinic_zone owner to callward_owner;
	alter function callward.is_open owner to callward_owner;
	alter function callward.current_period owner to callward_owner;
	alter function callward.used_seconds owner to callward_owner;
	alter function callward.is_used_up owner to callward_owner;
	revoke create on schema callward from callward_writer;
end $$;

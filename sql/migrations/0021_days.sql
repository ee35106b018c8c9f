-- Figures of whole days, counted once: what a clinic's owner reads costs as
-- much as there are days in it, not calls.
--
-- A day is one of UTC's. It is counted when it is over and somebody has asked
-- for it, after the answer, and never on the way of a call. Who changes a call
-- of an earlier day marks that day, in the same transaction; a marked day is
-- counted from its calls, like one that never was, until it is counted anew.
-- So the figures are exact at any moment.

-- A quarter of an hour that has calls; nth: 0 to 95, from the day's beginning.
create type callward.quarter as (
	nth smallint,
	calls integer,
	answered integer,
	missed integer,
	after_hours integer,
	seconds integer
);

create table public.call_days (
	id uuid default gen_random_uuid(),
	user_id text collate "C" not null default callward.current_user_id(),
	day date not null,
	is_stale boolean not null default true,
	calls integer not null default 0,
	after_hours integer not null default 0,
	seconds bigint not null default 0,
	successes integer not null default 0,
	rated integer not null default 0,
	micros bigint not null default 0,
	used_seconds bigint not null default 0,
	-- how many calls of each status and each intent
	statuses jsonb not null default '{}',
	intents jsonb not null default '{}',
	quarters callward.quarter[] not null default '{}',
	constraint call_days_key primary key (user_id, id),
	constraint call_days_one unique (user_id, day),
	constraint call_days_tenant_sane
	    check (length(user_id) <= 64 and user_id ~ '^[A-Za-z0-9_-]+$')
);

do $$
declare
	own_rows constant text := 'using '
	    '(user_id = (select callward.current_user_id())) with check '
	    '(user_id = (select callward.current_user_id()))';
	acting text := 'callward_writer, callward_tenant';
	outside text := 'public';
	lend boolean := not has_schema_privilege('callward_owner', 'public',
	    'create');
begin
	if exists (select from pg_roles where rolname = 'anon') then
		outside := outside || ', anon';
	end if;
	if exists (select from pg_roles where rolname = 'authenticated') then
		acting := acting || ', authenticated';
		outside := outside || ', authenticated';
	end if;
	execute format('revoke all on public.call_days from %s', outside);
	alter table public.call_days
	    enable row level security, force row level security;
	execute format('create policy tenant_rows on public.call_days'
	    ' as permissive for all to %s %s', acting, own_rows);
	execute format('create policy tenant_wall on public.call_days'
	    ' as restrictive for all to %s %s', acting, own_rows);
	execute format('grant select on public.call_days to %s',
	    replace(acting, 'callward_writer, ', ''));
	grant select, insert, update on public.call_days to callward_writer;
	if lend then
		grant create on schema public to callward_owner;
	end if;
	alter table public.call_days owner to callward_owner;
	alter type callward.quarter owner to callward_owner;
	if lend then
		revoke create on schema public from callward_owner;
	end if;
end $$;

-- Marking ---------------------------------------------------------------------

-- The day of a call has to be counted anew. Whoever counts it at this moment
-- is waited for; others who mark it are not, since late reports come by the
-- thousand after an outage. Today is not counted yet, and not marked: what
-- arrives now writes nothing here.
create function callward.mark_day(user_id text, at timestamptz) returns void
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	its_day constant date := (mark_day.at at time zone 'UTC')::date;
begin
	if mark_day.at >= date_trunc('day', now(), 'UTC') then
		return;
	end if;
	perform from public.call_days
	where user_id = mark_day.user_id and day = its_day and is_stale
	for share;
	if not found then
		insert into public.call_days as d (user_id, day)
		values (mark_day.user_id, its_day)
		on conflict on constraint call_days_one
		do update set is_stale = true where not d.is_stale;
	end if;
end $$;

-- As in 0015, and a call that changes marks its day.
create or replace function callward.derive() returns trigger
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
	if least(new.created_at, old.created_at)
	    < date_trunc('day', now(), 'UTC')
	    and (new.created_at, new.status, new.intent, new.duration_seconds,
	        new.after_hours, new.is_test, new.success, new.cost_micros,
	        new.ended_reason)
	    is distinct from (old.created_at, old.status, old.intent,
	        old.duration_seconds, old.after_hours, old.is_test, old.success,
	        old.cost_micros, old.ended_reason) then
		perform callward.mark_day(new.user_id, new.created_at);
		if old.created_at <> new.created_at then
			perform callward.mark_day(old.user_id, old.created_at);
		end if;
	end if;
	return new;
end $$;
create or replace trigger derive before insert or update of created_at,
	caller_phone_number, assistant_phone_number, forwarded_from, tags,
	structured_data, success_evaluation, cost_usd, summary, transcript,
	status, report_at, duration_seconds, after_hours, is_test, ended_reason
    on public.calls for each row execute function callward.derive();

-- Calls that are taken away, one by one or all.
create function callward.uncount() returns trigger
language plpgsql set search_path = ''
as $$
begin
	if tg_op = 'TRUNCATE' then
		truncate public.call_days;
	else
		perform callward.mark_day(old.user_id, old.created_at);
	end if;
	return null;
end $$;
create trigger uncount after delete on public.calls
    for each row execute function callward.uncount();
create trigger uncount_all after truncate on public.calls
    for each statement execute function callward.uncount();

-- Counting --------------------------------------------------------------------

-- The first day that is not yet over for long enough: who began to write a
-- call while it was today must be done before it is counted.
create function callward.day_open() returns date
language sql stable parallel safe
return ((now() - interval '2 hours') at time zone 'UTC')::date;

-- A day's figures, as its row has them; the row is held by the caller, who
-- must have taken it in an earlier statement than this one.
create function callward.count_day(user_id text, day date) returns void
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	starts constant timestamptz := count_day.day::timestamp
	    at time zone 'UTC';
begin
	with own as materialized (
		select floor(extract(epoch from created_at - starts) / 900)
		        ::smallint as nth,
		    status, intent, after_hours, success, duration_seconds,
		    cost_micros
		from public.calls
		where user_id = count_day.user_id and created_at >= starts
		    and created_at < starts + interval '24 hours'
		    and not is_test
	), by_quarter as (
		select nth, count(*) as calls,
		    count(*) filter (where status in ('completed',
		        'in-progress', 'forwarding')) as answered,
		    count(*) filter (where status in ('no-answer', 'busy',
		        'failed', 'canceled')) as missed,
		    count(*) filter (where after_hours) as after_hours,
		    coalesce(sum(duration_seconds), 0) as seconds
		from own
		group by nth
	)
	update public.call_days d
	set is_stale = false, calls = t.calls, after_hours = t.after_hours,
	    seconds = t.seconds, successes = t.successes, rated = t.rated,
	    micros = t.micros,
	    used_seconds = callward.used_live(count_day.user_id, starts,
	        starts + interval '24 hours'),
	    statuses = (select coalesce(jsonb_object_agg(status, n), '{}')
	        from (select status, count(*) as n from own
	            group by 1) s),
	    intents = (select coalesce(jsonb_object_agg(intent, n), '{}')
	        from (select intent, count(*) as n from own
	            where intent is not null group by 1) i),
	    quarters = array(select (nth, calls, answered, missed,
	            after_hours, seconds)::callward.quarter
	        from by_quarter order by nth)
	from (
		select count(*) as calls,
		    count(*) filter (where after_hours) as after_hours,
		    coalesce(sum(duration_seconds), 0) as seconds,
		    count(*) filter (where success) as successes,
		    count(success) as rated,
		    coalesce(sum(cost_micros), 0) as micros
		from own
	) t
	where d.user_id = count_day.user_id and d.day = count_day.day;
end $$;

-- Count the tenant's days from since to until (exclusive) that are over and
-- not counted, the oldest first, as long as few calls were looked at, since
-- who changes a call of these days waits meanwhile. Returns the first that is
-- left; null: none.
create function callward.tenant_count_days(since date, until date)
returns date
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	most constant integer := 20000;
	me constant text := callward.current_user_id();
	d date;
	seen bigint := 0;
begin
	for d in
		select g::date
		from generate_series(since::timestamp,
		    least(until, callward.day_open())::timestamp
		    - interval '1 day', interval '1 day') g
		left join public.call_days c
		    on c.user_id = me and c.day = g::date
		where c.is_stale is not false
		order by 1
	loop
		if seen > most then
			return d;
		end if;
		insert into public.call_days (user_id, day) values (me, d)
		on conflict on constraint call_days_one
		do update set is_stale = true;
		perform callward.count_day(me, d);
		seen := seen + 500 + (select calls from public.call_days c
		    where c.user_id = me and c.day = d);
	end loop;
	return null;
end $$;

-- Reading ---------------------------------------------------------------------

-- The seconds of calls that began in this time and count against a plan: no
-- tests, and none that the assistant did not take.
create function callward.used_live(
	user_id text, since timestamptz, until timestamptz)
returns bigint
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
begin
	return (select coalesce(sum(duration_seconds), 0) from public.calls
	    where user_id = used_live.user_id
	        and created_at >= used_live.since
	        and created_at < used_live.until
	        and duration_seconds > 0 and not is_test
	        and (ended_reason is null
	            or ended_reason not like 'callward-%'));
end $$;

-- The counted days from since on, as far as they follow on each other.
create function callward.counted(
	user_id text, since timestamptz, until timestamptz,
	out starts timestamptz, out ends timestamptz, out calls bigint,
	out used_seconds bigint)
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
	first constant date := ((since + interval '1 day'
	    - interval '1 microsecond') at time zone 'UTC')::date;
	days integer;
begin
	select count(*), coalesce(sum(d.calls), 0),
	    coalesce(sum(d.used_seconds), 0)
	into days, calls, used_seconds
	from (
		select *, row_number() over (order by day) as nth
		from public.call_days
		where user_id = counted.user_id and day >= first
		    and day < (until at time zone 'UTC')::date and not is_stale
	) d
	where d.day = first + d.nth::integer - 1;
	starts := first::timestamp at time zone 'UTC';
	ends := (first + days)::timestamp at time zone 'UTC';
	if days = 0 then
		starts := until;
		ends := until;
	end if;
end $$;

-- The same, of counted days where there are.
create or replace function callward.used_seconds(
	user_id text, since timestamptz, until timestamptz)
returns bigint
language plpgsql stable set search_path = ''
as $$
declare
	c record := callward.counted(user_id, since, until);
begin
	return c.used_seconds + callward.used_live(user_id, since, c.starts)
	    + callward.used_live(user_id, c.ends, until);
end $$;

-- How many calls began in this time, tests left out.
create function callward.calls_between(
	user_id text, since timestamptz, until timestamptz)
returns bigint
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
	c record := callward.counted(user_id, since, until);
begin
	return c.calls + (select count(*) from public.calls
	        where user_id = calls_between.user_id
	            and created_at >= calls_between.since
	            and created_at < c.starts and not is_test)
	    + (select count(*) from public.calls
	        where user_id = calls_between.user_id
	            and created_at >= c.ends
	            and created_at < calls_between.until and not is_test);
end $$;

-- The figures: as in 0018, of counted days where there are, else of the calls.
create or replace function callward.figures_json(
	zone text, first_day date, last_day date, before timestamptz,
	starts timestamptz, ends timestamptz)
returns json
language plpgsql stable set search_path = '' set work_mem = '64MB'
as $$
declare
	me constant text := callward.current_user_id();
	step constant interval := callward.figures_step(zone, starts, ends);
	answer json;
begin
	with days as materialized (
		select p.is_now, g.at, greatest(p.since, g.at) as since,
		    least(p.until, g.at + interval '24 hours') as until,
		    c.day is not null as is_counted, c.after_hours, c.seconds,
		    c.successes, c.rated, c.micros, c.statuses, c.intents,
		    c.quarters
		from (values (false, before, starts), (true, starts, ends))
		    p (is_now, since, until)
		cross join lateral (
			select d::date as day, d at time zone 'UTC' as at
			from generate_series(
			    date_trunc('day', p.since at time zone 'UTC'),
			    p.until at time zone 'UTC'
			        - interval '1 microsecond',
			    interval '1 day') d
		) g
		left join public.call_days c
		    on c.user_id = me and c.day = g.day and not c.is_stale
		    and g.at >= p.since
		    and g.at + interval '24 hours' <= p.until
	), live as materialized (
		select d.is_now, c.*
		from days d
		cross join lateral (
			select date_bin(step, created_at, '2000-01-01Z') as at,
			    status, intent, count(*) as calls,
			    count(*) filter (where after_hours) as after_hours,
			    sum(duration_seconds) as seconds,
			    count(*) filter (where success) as successes,
			    count(success) as rated,
			    sum(cost_micros) as micros
			from public.calls
			where user_id = me and created_at >= d.since
			    and created_at < d.until and not is_test
			group by 1, 2, 3
		) c
		where not d.is_counted
	), by_status as materialized (
		select is_now, status, sum(calls) as calls,
		    status in ('completed', 'in-progress', 'forwarding')
		        as answered,
		    status in ('no-answer', 'busy', 'failed', 'canceled')
		        as missed
		from (
			select is_now, status, calls from live
			union all
			select is_now, key, value::bigint
			from days, jsonb_each_text(statuses)
		) s
		group by 1, 2
	), outcomes as (
		select is_now, sum(calls) as calls,
		    coalesce(sum(calls) filter (where answered), 0) as answered,
		    coalesce(sum(calls) filter (where missed), 0) as missed
		from by_status
		group by 1
	), sums as (
		select is_now, sum(after_hours) as after_hours,
		    sum(seconds) as seconds, sum(successes) as successes,
		    sum(rated) as rated, sum(micros) as micros
		from (
			select is_now, after_hours, seconds, successes, rated,
			    micros from live
			union all
			select is_now, after_hours, seconds, successes, rated,
			    micros from days
		) s
		group by 1
	), totals as (
		select is_now, row(coalesce(o.calls, 0),
		    coalesce(o.answered, 0), coalesce(o.missed, 0),
		    coalesce(s.after_hours, 0), coalesce(s.seconds, 0),
		    coalesce(round(s.seconds / nullif(o.answered, 0), 1), 0),
		    coalesce(s.successes, 0), coalesce(s.rated, 0),
		    coalesce(round(s.micros / 1000000, 4), 0),
		    case when is_now then callward.follow_ups(starts, ends)
		        else callward.follow_ups(before, starts) end
		    )::callward.figures as f
		from sums s
		left join outcomes o using (is_now)
	), slots as (
		select at, sum(calls) as calls, sum(answered) as answered,
		    sum(missed) as missed, sum(after_hours) as after_hours,
		    sum(seconds) as seconds
		from (
			select at, calls, case when status in ('completed',
			        'in-progress', 'forwarding') then calls end
			        as answered,
			    case when status in ('no-answer', 'busy', 'failed',
			        'canceled') then calls end as missed,
			    after_hours, seconds
			from live
			where is_now
			union all
			select date_bin(step, d.at + q.nth * interval '15 minutes',
			    '2000-01-01Z'), q.calls, q.answered, q.missed,
			    q.after_hours, q.seconds
			from days d, unnest(d.quarters) q
			where d.is_now
		) s
		group by 1
	), local as materialized (
		select (at at time zone zone)::date as day,
		    extract(dow from at at time zone zone)::integer as w,
		    extract(hour from at at time zone zone)::integer as h,
		    calls, answered, missed, after_hours, seconds
		from slots
	)
	select json_build_object('since', starts, 'until', ends,
	    'timezone', zone,
	    'totals', t.f, 'previous', p.f,
	    'change', callward.change_of(t.f, p.f),
	    'days', (select json_agg(json_build_object('date', d.day,
	            'calls', coalesce(l.calls, 0),
	            'answered', coalesce(l.answered, 0),
	            'missed', coalesce(l.missed, 0),
	            'after_hours', coalesce(l.after_hours, 0),
	            'seconds', coalesce(l.seconds, 0)) order by d.day)
	        from (select first_day + n as day
	            from generate_series(0, last_day - first_day) n) d
	        left join (select day, sum(calls) as calls,
	                sum(answered) as answered, sum(missed) as missed,
	                sum(after_hours) as after_hours,
	                sum(seconds) as seconds
	            from local group by 1) l using (day)),
	    'hours', (select json_agg(json_build_object('weekday', w,
	            'hour', h, 'calls', coalesce(l.calls, 0)) order by w, h)
	        from generate_series(0, 6) w
	        cross join generate_series(0, 23) h
	        left join (select w, h, sum(calls) as calls
	            from local group by 1, 2) l using (w, h)),
	    'outcomes', (select coalesce(json_agg(json_build_object(
	            'status', o.status, 'calls', o.calls)
	            order by o.calls desc, o.status), '[]')
	        from by_status o where o.is_now),
	    'intents', (select coalesce(json_agg(json_build_object(
	            'intent', o.intent, 'name', i.name, 'calls', o.calls)
	            order by o.calls desc, o.intent), '[]')
	        from (
	            select intent, sum(calls) as calls
	            from (
	                select intent, calls from live
	                where is_now and intent is not null
	                union all
	                select key, value::bigint
	                from days, jsonb_each_text(intents)
	                where is_now
	            ) n
	            group by 1 order by 2 desc, 1 limit 100) o
	        left join public.intents i
	            on i.user_id = me and i.slug = o.intent))
	into answer
	from totals t
	join totals p on t.is_now and not p.is_now;
	return answer;
end $$;

-- As in 0018. count_since and count_until: the days between which, until
-- excluded, tenant_count_days has something to count; null where nothing is.
drop function callward.analytics(timestamptz, timestamptz, text);
create function callward.analytics(
	since timestamptz, until timestamptz, tz text,
	out outcome text, out answer json, out count_since date,
	out count_until date)
language plpgsql stable set search_path = ''
as $$
declare
	me constant text := callward.current_user_id();
	own constant text := callward.clinic_zone(me);
	zone constant text := coalesce(tz, own);
	days integer;
	first_day date;
	last_day date;
	before timestamptz;
	starts timestamptz;
	ends timestamptz;
begin
	outcome := 'refused';
	-- its own stands, by whatever rule it was once set
	if zone <> own and not callward.timezone_is_known(zone) then
		answer := '[{"field": "tz", "message": "must be a time zone'
		    ' such as America/New_York"}]';
		return;
	end if;
	last_day := coalesce((until - interval '1 microsecond')
	    at time zone zone, now() at time zone zone)::date;
	first_day := coalesce((since at time zone zone)::date, last_day - 29);
	days := last_day - first_day + 1;
	if days < 1 then
		answer := json_build_array(json_build_object('field',
		    case when until is null then 'since' else 'until' end,
		    'message', case when until is null
		        then 'must not be in the future'
		        else 'must be after since' end));
		return;
	elsif days > 400 then
		answer := '[{"field": "since", "message": "must not be over'
		    ' 400 days before until"}]';
		return;
	end if;
	before := (first_day - days)::timestamp at time zone zone;
	starts := first_day::timestamp at time zone zone;
	ends := (last_day + 1)::timestamp at time zone zone;
	outcome := 'ok';
	answer := callward.figures_json(zone, first_day, last_day, before,
	    starts, ends);
	-- whole days that are over, from the tenant's first call on
	select min(g::date), max(g::date) + 1 into count_since, count_until
	from generate_series(
	    (select greatest(date_trunc('day', c.created_at at time zone 'UTC'),
	        (before at time zone 'UTC')::date::timestamp)
	        from public.calls c
	        where c.user_id = me order by c.created_at limit 1),
	    least(ends at time zone 'UTC', callward.day_open()::timestamp)
	        - interval '1 day', interval '1 day') g
	left join public.call_days c
	    on c.user_id = me and c.day = g::date
	where c.is_stale is not false;
end $$;

do $$
declare
	f record;
begin
	grant create on schema callward to callward_writer;
	for f in
		select oid::regprocedure as name, proname, prosecdef
		from pg_proc
		where pronamespace = 'callward'::regnamespace
		    and proname in ('mark_day', 'derive', 'uncount', 'day_open',
		        'count_day', 'tenant_count_days', 'used_live',
		        'counted', 'used_seconds', 'calls_between',
		        'figures_json', 'analytics')
	loop
		execute format('revoke all on function %s from public', f.name);
		if f.proname not in ('mark_day', 'count_day') then
			execute format('grant execute on function %s'
			    ' to callward_tenant', f.name);
		end if;
		if f.proname not in ('calls_between', 'figures_json',
		    'analytics') then
			execute format('grant execute on function %s'
			    ' to callward_writer', f.name);
		end if;
		execute format('alter function %s owner to %I', f.name,
		    case when f.prosecdef then 'callward_writer'
		    else 'callward_owner' end);
	end loop;
	revoke create on schema callward from callward_writer;
end $$;

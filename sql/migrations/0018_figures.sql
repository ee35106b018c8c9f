-- What a clinic's owner reads: figures over days of the clinic's zone, and the
-- cells of an export.

-- The figures of one period, from rows of (status, calls, ...).
create type callward.figures as (
	calls bigint,
	answered bigint,
	missed bigint,
	after_hours bigint,
	seconds bigint,
	average_seconds numeric,
	successes bigint,
	rated bigint,
	cost_usd numeric,
	follow_up_open bigint
);

-- By how many per cent each figure changed; null where there was none.
create function callward.change_of(now_ callward.figures,
	before callward.figures)
returns json
language plpgsql immutable set search_path = ''
as $$
begin
	return (select json_object_agg(n.key, case when b.value::numeric <> 0
	    then round((n.value::numeric - b.value::numeric) * 100
	        / b.value::numeric, 1) end)
	from jsonb_each_text(to_jsonb(now_)) n
	join jsonb_each_text(to_jsonb(before)) b using (key));
end $$;

create function callward.follow_ups(since timestamptz, until timestamptz)
returns bigint
language plpgsql stable set search_path = ''
as $$
begin
	return (select count(*) from public.calls
	    where user_id = (select callward.current_user_id())
	        and created_at >= since and created_at < until
	        and follow_up_state in ('open', 'in_progress')
	        and not is_test);
end $$;

-- Calls, seconds and outcomes of some days of a zone, beside as many days
-- before. Days begin and end by the zone's clock: a day of 23 or 25 hours is
-- one day. Calls are counted by hours, or by quarters of one where the zone's
-- clock parts the hours of UTC, and only those are brought to that clock.
--
-- since, until  any moment of the first day, and one behind the last; null:
--               the thirty days that end today
-- tz            null: the clinic's
create function callward.analytics(
	since timestamptz, until timestamptz, tz text,
	out outcome text, out answer json)
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
end $$;

-- The parts in which calls are counted: hours, where the zone's clock is whole
-- hours away from UTC's on all of these days.
create function callward.figures_step(
	zone text, since timestamptz, until timestamptz)
returns interval
language plpgsql stable set search_path = ''
as $$
begin
	return case when exists (
	    select from generate_series(since, until + interval '1 day',
	        interval '1 day') d
	    where extract(minute from (d at time zone zone)
	        - (d at time zone 'UTC')) <> 0)
	    then '15 minutes' else '1 hour' end;
end $$;

create function callward.figures_json(
	zone text, first_day date, last_day date, before timestamptz,
	starts timestamptz, ends timestamptz)
returns json
-- enough to count without sorting first
language plpgsql stable set search_path = '' set work_mem = '64MB'
as $$
declare
	me constant text := callward.current_user_id();
	step constant interval := callward.figures_step(zone, starts, ends);
	answer json;
begin
	with spans as materialized (
		select date_bin(step, c.created_at, '2000-01-01Z') as at,
		    c.status, c.intent, count(*) as calls,
		    count(*) filter (where c.after_hours) as after_hours,
		    sum(c.duration_seconds) as seconds,
		    count(*) filter (where c.success) as successes,
		    count(c.success) as rated, sum(c.cost_micros) as micros
		from public.calls c
		where c.user_id = me and c.created_at >= starts
		    and c.created_at < ends and not c.is_test
		group by 1, 2, 3
	), earlier as (
		select c.status, count(*) as calls,
		    count(*) filter (where c.after_hours) as after_hours,
		    sum(c.duration_seconds) as seconds,
		    count(*) filter (where c.success) as successes,
		    count(c.success) as rated, sum(c.cost_micros) as micros
		from public.calls c
		where c.user_id = me and c.created_at >= before
		    and c.created_at < starts and not c.is_test
		group by 1
	), both_ as (
		select true as is_now, status, calls, after_hours, seconds,
		    successes, rated, micros
		from spans
		union all
		select false, status, calls, after_hours, seconds, successes,
		    rated, micros
		from earlier
	), by_status as materialized (
		select is_now, status, sum(calls) as calls,
		    sum(after_hours) as after_hours, sum(seconds) as seconds,
		    sum(successes) as successes, sum(rated) as rated,
		    sum(micros) as micros,
		    status in ('completed', 'in-progress', 'forwarding')
		        as answered,
		    status in ('no-answer', 'busy', 'failed', 'canceled')
		        as missed
		from both_
		group by 1, 2
	), totals as (
		select is_now, row(coalesce(sum(calls), 0),
		    coalesce(sum(calls) filter (where answered), 0),
		    coalesce(sum(calls) filter (where missed), 0),
		    coalesce(sum(after_hours), 0), coalesce(sum(seconds), 0),
		    coalesce(round(sum(seconds) / nullif(sum(calls)
		        filter (where answered), 0), 1), 0),
		    coalesce(sum(successes), 0), coalesce(sum(rated), 0),
		    coalesce(round(sum(micros) / 1000000, 4), 0),
		    case when is_now then callward.follow_ups(starts, ends)
		        else callward.follow_ups(before, starts) end
		    )::callward.figures as f
		from (values (true), (false)) periods (is_now)
		left join by_status using (is_now)
		group by is_now
	), local as materialized (
		select (at at time zone zone)::date as day,
		    extract(dow from at at time zone zone)::integer as w,
		    extract(hour from at at time zone zone)::integer as h,
		    sum(calls)::bigint as calls,
		    sum(calls) filter (where status in ('completed',
		        'in-progress', 'forwarding'))::bigint as answered,
		    sum(calls) filter (where status in ('no-answer', 'busy',
		        'failed', 'canceled'))::bigint as missed,
		    sum(after_hours)::bigint as after_hours,
		    sum(seconds)::bigint as seconds
		from spans
		group by at
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
	        from (select intent, sum(calls) as calls from spans
	            where intent is not null group by 1
	            order by 2 desc, 1 limit 100) o
	        left join public.intents i
	            on i.user_id = me and i.slug = o.intent))
	into answer
	from totals t
	join totals p on t.is_now and not p.is_now;
	return answer;
end $$;

-- A text of an export, always in quotes: some spreadsheets part cells at
-- semicolons. What one would take for a formula, also behind blanks and what
-- cannot be seen, or in the wide and small forms of its first character, gets
-- an apostrophe.
create function callward.csv_cell(content text) returns text
language sql immutable parallel safe
return case when csv_cell.content is null then ''
    else '"' || case when csv_cell.content ~ ('^([\t\r]|'
	'[\x01-\x20\x7f-\u00a0\u00ad\u1680\u180e\u2000-\u200f'
	'\u2028-\u202f\u205f-\u206f\u3000\ufeff]*'
	'[-=+@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])')
    then '''' else '' end || replace(csv_cell.content, '"', '""') || '"' end;

-- Who the tenant is, and what there is of theirs. Without a row of settings
-- they are what a new row's would be.
create function callward.me_json() returns json
language plpgsql stable set search_path = ''
as $$
declare
	me constant text := callward.current_user_id();
begin
	return (select json_build_object('user_id', me, 'name', s.name,
	    'timezone', coalesce(s.timezone, 'UTC'),
	    'language', coalesce(s.language, 'en'),
	    'open_action', coalesce(s.open_action, 'assistant'),
	    'closed_action', coalesce(s.closed_action, 'assistant'),
	    'after_hours_message', s.after_hours_message,
	    'assistants', (select count(*) from public.assistants
	        where user_id = me and removed_at is null),
	    'phone_numbers', (select count(*) from public.phone_numbers
	        where user_id = me and status <> 'released'))
	from (values (0)) one
	left join public.clinic_settings s on s.user_id = me);
end $$;

create function callward.change_me(
	body jsonb, out outcome text, out answer json)
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
begin
	if body ? 'timezone'
	    and not callward.timezone_is_known(body ->> 'timezone') then
		outcome := 'refused';
		answer := '[{"field": "timezone", "message": "must be a time'
		    ' zone such as America/New_York"}]';
		return;
	end if;
	insert into public.clinic_settings (user_id) values (me)
	on conflict do nothing;
	update public.clinic_settings set
	    name = case when body ? 'name' then body ->> 'name'
	        else name end,
	    timezone = coalesce(body ->> 'timezone', timezone),
	    language = coalesce(body ->> 'language', language),
	    open_action = coalesce(body ->> 'open_action', open_action),
	    closed_action = coalesce(body ->> 'closed_action', closed_action),
	    after_hours_message = case when body ? 'after_hours_message'
	        then body ->> 'after_hours_message'
	        else after_hours_message end
	where user_id = me;
	outcome := 'ok';
	answer := callward.me_json();
end $$;

-- Compiling would take longer than any of this.
alter role callward_tenant set jit = off;

do $$
declare
	f regprocedure;
begin
	for f in select oid from pg_proc
	    where pronamespace = 'callward'::regnamespace
	        and proname in ('change_of', 'follow_ups',
	            'analytics', 'figures_json', 'figures_step', 'csv_cell',
	            'me_json', 'change_me')
	loop
		execute format('revoke all on function %s from public', f);
		execute format('grant execute on function %s'
		    ' to callward_tenant', f);
		execute format('alter function %s owner to callward_owner', f);
	end loop;
	alter type callward.figures owner to callward_owner;
end $$;

-- Reports that come twice, that came in quarantine, and that are applied later
-- by the operator. Same rules as in 0006.

-- When the operator applied a line that had been quarantined.
alter table callward.webhook_events add column applied_at timestamptz;

-- Ends of calls that could not be read or stored; asked by number_busy.
create index webhook_events_ends
    on callward.webhook_events (provider_call_id)
    where provider = 'vapi' and verdict = 'quarantined'
	and reason in ('unreadable_json', 'too_large', 'refused_by_database')
	and (event_type = 'end-of-call-report'
	    or event_type = 'status-update' and details ->> 'status' = 'ended');

-- Messages of calls that nobody knows; counted by record_event.
create index webhook_events_unowned
    on callward.webhook_events (received_at)
    where provider = 'vapi' and verdict = 'quarantined'
	and reason in ('unknown_call', 'unsealed_metadata');

-- What is asked of the inbox, and the one line that changes there: the writer,
-- who acts for tenants, only adds lines.
grant select (id, received_at, provider, event_type, provider_call_id,
    verdict, reason, user_id, call_id, details, body_sha256),
    update (event_type, provider_call_id, twilio_call_sid, verdict, reason,
	user_id, call_id, details, body, applied_at)
on callward.webhook_events to callward_resolver;
grant insert (created_at) on public.calls to callward_writer;
grant create on schema callward to callward_writer, callward_resolver;

set local role callward_resolver;

-- Is the end of this call in quarantine, for a reason that says nothing about
-- whose it is? Not where the Vapi id is that of two calls.
create function callward.end_is_kept(vapi_call_id text, call_id uuid)
returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
	return exists (select from callward.webhook_events
	    where provider_call_id = end_is_kept.vapi_call_id
	        and provider = 'vapi' and verdict = 'quarantined'
	        and reason in ('unreadable_json', 'too_large',
	            'refused_by_database')
	        and (event_type = 'end-of-call-report'
	            or event_type = 'status-update'
	                and details ->> 'status' = 'ended'))
	    and exists (select
	        from callward.call_of_vapi(end_is_kept.vapi_call_id) one
	        where one.call_id = end_is_kept.call_id);
end $$;

-- Did so many messages of calls that nobody knows come today (of UTC)?
create function callward.many_unowned(most integer) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
	return most <= (select count(*) from (
	    select from callward.webhook_events
	    where provider = 'vapi' and verdict = 'quarantined'
	        and reason in ('unknown_call', 'unsealed_metadata')
	        and received_at >= date_trunc('day', now(), 'UTC')
	    limit most) w);
end $$;

-- The line of the inbox that has this body, locked, and what became of it.
create function callward.take_line(
	line uuid, body_sha256 bytea,
	out verdict text, out user_id text, out call_id uuid)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
	select e.verdict, e.user_id, e.call_id
	into take_line.verdict, take_line.user_id, take_line.call_id
	from callward.webhook_events e
	where e.id = line and e.provider = 'vapi'
	    and e.body_sha256 = take_line.body_sha256
	for update;
end $$;

-- A quarantined line has become a call's.
create function callward.accept_line(
	line uuid, f callward.filing, event_type text, provider_call_id text,
	twilio_call_sid text, details jsonb)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
	update callward.webhook_events
	set verdict = 'accepted', reason = (accept_line.f).reason,
	    user_id = (accept_line.f).user_id,
	    call_id = (accept_line.f).call_id,
	    event_type = left(accept_line.event_type, 64),
	    provider_call_id = left(accept_line.provider_call_id, 128),
	    twilio_call_sid = left(accept_line.twilio_call_sid, 64),
	    details = coalesce(details, '{}')
	        || coalesce(accept_line.details, '{}')
	        || jsonb_build_object('quarantined_as', reason),
	    body = null, applied_at = now()
	where id = accept_line.line and verdict = 'quarantined';
end $$;

revoke all on function callward.end_is_kept, callward.many_unowned,
    callward.take_line, callward.accept_line from public;
grant execute on function callward.end_is_kept, callward.many_unowned,
    callward.take_line, callward.accept_line to callward_writer;

reset role;
set local role callward_writer;

-- How many calls of this number are under way; counts no further than most. A
-- call counts for a minute while nobody talks, else for as long as its assistant
-- may. kept false: calls whose end is in quarantine are left out, which costs a
-- look at the inbox for each.
create function callward.open_calls(
	user_id text, phone_number_id uuid, most_seconds integer, most integer,
	kept boolean)
returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
	return (select count(*) from (
	    select from public.calls
	    where user_id = open_calls.user_id
	        and phone_number_id = open_calls.phone_number_id
	        and status in ('initiated', 'ringing', 'in-progress',
	            'forwarding')
	        and created_at > now() - make_interval(secs => case
	            when status in ('in-progress', 'forwarding')
	            then greatest(most_seconds, 60) else 60 end)
	        and created_at > now()
	            - make_interval(secs => greatest(most_seconds, 60))
	        and (kept or vapi_call_id is null
	            or not callward.end_is_kept(vapi_call_id, id))
	    limit most) c);
end $$;

-- Are this number's calls at a limit (0 is none)? Neither count goes on past
-- its limit. The inbox is asked only where a call would be turned away.
create or replace function callward.number_busy(
	user_id text, phone_number_id uuid, most_seconds integer,
	calls_at_once integer, calls_per_minute integer)
returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
	if calls_at_once > 0 and calls_at_once <= callward.open_calls(user_id,
	        phone_number_id, most_seconds, calls_at_once, true)
	    and calls_at_once <= callward.open_calls(user_id, phone_number_id,
	        most_seconds, calls_at_once, false) then
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

-- Did anybody say anything in this call, as far as it is told? Blanks and the
-- labels of who speaks are no words.
create function callward.has_words(c public.calls) returns boolean
language sql immutable parallel safe
return coalesce(jsonb_path_exists(c.messages,
        '$[*].message ? (@ like_regex "\\S")'), false)
    or coalesce(regexp_replace(left(c.transcript, 1000),
        '(^|\n)\s*\w+:', '\1', 'g') ~ '\S', false)
    or coalesce(left(c.summary, 1000) ~ '\S', false);

-- Fold a message e into the call c; received_at: when it came, if that was
-- before now. The outcome does not depend on the order in which a call's
-- messages come:
--
--   * status only goes up in rank; of two final ones that of the report stands;
--   * what ends a call (a final status, the report) fills the rest; nothing
--     empty erases. Of two values the one stands whose message weighs more:
--     a report with words, then one without (it came before the call was
--     over), then a status; of equal ones the first;
--   * words come from reports alone;
--   * started_at is the earliest that any message named, because several
--     kinds of message name it;
--   * an end that settle_call wrote ('callward-...') stands, as a reason also
--     where the call goes on (forwarded);
--   * what a second report with words says otherwise is kept as a revision,
--     five at most.
drop function callward.merge_event(public.calls, public.calls, boolean);
create function callward.merge_event(
	c public.calls, e public.calls, report boolean,
	received_at timestamptz default null)
returns callward.merge
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
	m callward.merge;
	n public.calls := c;
	-- of two values the one of a stands
	a public.calls;
	b public.calls;
	weight constant integer := case when not report then 0
	    when callward.has_words(e) then 2 else 1 end;
	standing constant integer := case when c.report_at is null then 0
	    when callward.has_words(c) then 2 else 1 end;
	-- an equal one that came first, if what stood can be kept beside
	earlier constant boolean := report and weight = standing
	    and coalesce(received_at < c.report_at, false)
	    and jsonb_array_length(c.revisions) < 5;
	stands constant boolean := weight > standing or earlier;
	other jsonb;
begin
	if c.ended_reason like 'callward-%' then
		e.ended_reason := null;
		if callward.rank_of(c.status) = 5
		    and c.ended_reason <> 'callward-forwarded' then
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
	    or stands and callward.rank_of(e.status) = 5 then
		n.status := e.status;
	end if;
	if stands then
		a := e;
		b := c;
		n.report_at := coalesce(received_at, now());
	else
		a := c;
		b := e;
	end if;
	if report or callward.rank_of(e.status) = 5 then
		n.ended_reason := coalesce(a.ended_reason, b.ended_reason);
		n.ended_at := coalesce(a.ended_at, b.ended_at);
		n.duration_seconds := coalesce(a.duration_seconds,
		    b.duration_seconds);
		n.recording_url := coalesce(a.recording_url, b.recording_url);
		n.analysis := coalesce(a.analysis, b.analysis);
		n.structured_data := coalesce(a.structured_data,
		    b.structured_data);
		n.success_evaluation := coalesce(a.success_evaluation,
		    b.success_evaluation);
		n.cost_usd := coalesce(a.cost_usd, b.cost_usd);
	end if;
	if report then
		n.transcript := coalesce(a.transcript, b.transcript);
		n.messages := coalesce(a.messages, b.messages);
		n.summary := coalesce(a.summary, b.summary);
	end if;
	if weight = 2 and standing = 2 then
		other := callward.differences(n, b);
		if other = '{}' or exists (select
		    from jsonb_array_elements(c.revisions) r
		    where r -> 'values' = other) then
			other := null;
		elsif jsonb_array_length(c.revisions) < 5 then
			n.revisions := c.revisions || jsonb_build_object('at',
			    case when stands then c.report_at
			        else coalesce(received_at, now()) end,
			    'values', other);
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

-- The call, locked. One that has no row yet is made, as the older system did,
-- if its number is this owner's; else the answer has no id.
drop function callward.take_call(text, uuid, uuid, uuid, text, text, jsonb);
create function callward.take_call(
	user_id text, call_id uuid, assistant_id uuid, phone_number_id uuid,
	caller_phone_number text, assistant_phone_number text, metadata jsonb,
	at timestamptz)
returns public.calls
language plpgsql set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
	c public.calls;
begin
	select * into c from public.calls
	where user_id = take_call.user_id and id = take_call.call_id
	for update;
	if found then
		return c;
	end if;

	insert into public.calls (id, user_id, assistant_id, phone_number_id,
	    caller_phone_number, assistant_phone_number, metadata, created_at)
	select take_call.call_id, n.user_id, a.id, n.id,
	    coalesce(take_call.caller_phone_number, ''),
	    coalesce(take_call.assistant_phone_number, ''), take_call.metadata,
	    take_call.at
	from public.phone_numbers n
	left join public.assistants a
	    on a.user_id = n.user_id and a.id = take_call.assistant_id
	where n.user_id = take_call.user_id
	    and n.id = take_call.phone_number_id
	on conflict do nothing;
	select * into c from public.calls
	where user_id = take_call.user_id and id = take_call.call_id
	for update;
	return c;
end $$;

-- Apply a server message to the call it is about, under its owner.
--
-- user_id null: the message named no owner; the row of its Vapi call decides.
-- user_id set: a seal named owner, call, assistant, number and metadata.
-- details: what of the message was left out, for the inbox; null: nothing.
-- line: the quarantined line of the inbox that has this message; null: it is
--     not one. The line becomes the accepted one, without its body.
-- received_at: when the message came; null: now.
--
-- accepted, duplicate, stale   done, and noted in the inbox; duplicate, too,
--                              when the line is in quarantine no more
-- quarantined                  nothing was written; reason says why:
--     unknown_call    nothing is known of this Vapi call
--     owner_mismatch  a row of this call is another tenant's
--     call_mismatch   owner agrees, but the Vapi call is another call's
--     foreign_number  no row yet, and the number is not this owner's
drop function callward.apply_event(text, uuid, uuid, uuid, text, text, jsonb,
    text, text, text, text, text, timestamptz, timestamptz, integer, text,
    text, jsonb, text, jsonb, jsonb, text, numeric, bytea, integer);
create function callward.apply_event(
	user_id text, call_id uuid, assistant_id uuid, phone_number_id uuid,
	caller_phone_number text, assistant_phone_number text, metadata jsonb,
	vapi_call_id text, twilio_call_sid text, event_type text, status text,
	ended_reason text, started_at timestamptz, ended_at timestamptz,
	duration_seconds integer, recording_url text, transcript text,
	messages jsonb, summary text, analysis jsonb, structured_data jsonb,
	success_evaluation text, cost_usd numeric, body_sha256 bytea,
	body_bytes integer, details jsonb default null,
	line uuid default null, received_at timestamptz default null)
returns callward.filing
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
	claims text;
	at constant timestamptz := coalesce(received_at, now());
	kept record;
	f callward.filing;
	c public.calls;
	e public.calls;
	m callward.merge;
begin
	claims := set_config('request.jwt.claims', '', true);
	if line is not null then
		kept := callward.take_line(line, body_sha256);
		if kept.verdict is distinct from 'quarantined' then
			f := ('duplicate', null, kept.user_id, kept.call_id);
			return f;
		end if;
	end if;
	f := callward.file_event(user_id, call_id, vapi_call_id);
	if f.verdict is null then
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', f.user_id)::text, true);
		c := callward.take_call(f.user_id, f.call_id, assistant_id,
		    phone_number_id, caller_phone_number,
		    assistant_phone_number, metadata, at);
		if c.id is null then
			f := ('quarantined', 'foreign_number', null, null);
		elsif c.vapi_call_id <> apply_event.vapi_call_id then
			f := ('quarantined', 'call_mismatch', null, null);
		end if;
	end if;
	if f.verdict is null then
		e.vapi_call_id := apply_event.vapi_call_id;
		if c.twilio_call_sid is null then
			e.twilio_call_sid := callward.free_call_sid(f.user_id,
			    apply_event.twilio_call_sid);
		end if;
		e.status := nullif(apply_event.status, '');
		e.ended_reason := nullif(apply_event.ended_reason, '');
		e.started_at := apply_event.started_at;
		e.ended_at := apply_event.ended_at;
		e.duration_seconds := apply_event.duration_seconds;
		e.recording_url := nullif(apply_event.recording_url, '');
		e.transcript := nullif(apply_event.transcript, '');
		e.messages := callward.filled(apply_event.messages);
		e.summary := nullif(apply_event.summary, '');
		e.analysis := callward.filled(apply_event.analysis);
		e.structured_data :=
		    callward.filled(apply_event.structured_data);
		e.success_evaluation :=
		    nullif(apply_event.success_evaluation, '');
		e.cost_usd := apply_event.cost_usd;
		m := callward.merge_event(c, e,
		    apply_event.event_type = 'end-of-call-report', received_at);
		if m.changed then
			perform callward.store_call(m.call);
		end if;
		f.verdict := m.verdict;
		f.reason := m.reason;
		if line is not null then
			perform callward.accept_line(line, f, event_type,
			    vapi_call_id, twilio_call_sid, details);
		else
			insert into callward.webhook_events (received_at,
			    provider, event_type, provider_call_id,
			    twilio_call_sid, verdict, reason, user_id, call_id,
			    details, body_sha256, body_bytes)
			values (at, 'vapi', left(apply_event.event_type, 64),
			    left(apply_event.vapi_call_id, 128),
			    left(apply_event.twilio_call_sid, 64), f.verdict,
			    f.reason, f.user_id, f.call_id,
			    apply_event.details, apply_event.body_sha256,
			    apply_event.body_bytes);
		end if;
	end if;
	claims := set_config('request.jwt.claims', '', true);
	return f;
end $$;

-- Keep a message that was not applied. The id is the caller's, so that the
-- same line sent again stays one. Bodies of calls that nobody knows are kept
-- of the first thousand such messages of a day (of UTC); those that arrive at
-- the same moment may not see each other.
create or replace function callward.record_event(
	id uuid, provider text, event_type text, provider_call_id text,
	twilio_call_sid text, verdict text, reason text, details jsonb,
	body_sha256 bytea, body_bytes integer, body bytea)
returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	if body is not null and verdict = 'quarantined'
	    and reason in ('unknown_call', 'unsealed_metadata')
	    and callward.many_unowned(1000) then
		body := null;
	end if;
	insert into callward.webhook_events (id, provider, event_type,
	    provider_call_id, twilio_call_sid, verdict, reason, details,
	    body_sha256, body_bytes, body)
	values (record_event.id, record_event.provider,
	    left(record_event.event_type, 64),
	    left(record_event.provider_call_id, 128),
	    left(record_event.twilio_call_sid, 64), record_event.verdict,
	    left(record_event.reason, 200), record_event.details,
	    record_event.body_sha256, record_event.body_bytes,
	    record_event.body)
	on conflict do nothing;
	return record_event.id;
end $$;

revoke all on function callward.open_calls, callward.has_words,
    callward.merge_event, callward.take_call, callward.apply_event from public;
grant execute on function callward.apply_event to callward_intake;

reset role;
revoke create on schema callward from callward_writer, callward_resolver;

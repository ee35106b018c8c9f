-- The functions of a server message: apply_event and record_event are the
-- webhook role's; the others serve them. Same rules as in 0006.

-- Does another tenant have a call with this id?
create function callward.call_taken(call_id uuid, user_id text)
returns boolean
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return exists (select from public.calls
	    where id = call_taken.call_id and user_id <> call_taken.user_id);
end $$;

-- The one call that is bound to this Vapi id; none if there is none or if
-- several claim it.
create function callward.call_of_vapi(
	vapi_call_id text, out user_id text, out call_id uuid)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	hit record;
begin
	for hit in
		select user_id as owner, id from public.calls
		where vapi_call_id = call_of_vapi.vapi_call_id
	loop
		if call_of_vapi.call_id is not null then
			call_of_vapi.user_id := null;
			call_of_vapi.call_id := null;
			return;
		end if;
		call_of_vapi.user_id := hit.owner;
		call_of_vapi.call_id := hit.id;
	end loop;
end $$;

create type callward.filing as (
	verdict text,
	reason text,
	user_id text,
	call_id uuid
);

-- Whose call is a message about? Without an owner the row of its Vapi call
-- decides. With one, which a seal vouches for, every row that can be found
-- must agree; the older flat shape may come without a Vapi id, and then the
-- seal stands alone. A verdict other than null is a refusal.
create function callward.file_event(
	user_id text, call_id uuid, vapi_call_id text)
returns callward.filing
language plpgsql set search_path = ''
as $$
declare
	f callward.filing;
	bound record;
begin
	f := (null, null, file_event.user_id, file_event.call_id);
	if vapi_call_id is null and f.user_id is null then
		f := ('quarantined', 'unknown_call', null, null);
	elsif f.user_id is null then
		bound := callward.call_of_vapi(vapi_call_id);
		f.user_id := bound.user_id;
		f.call_id := bound.call_id;
		if bound.call_id is null then
			f := ('quarantined', 'unknown_call', null, null);
		end if;
	elsif f.call_id is null then
		f := ('quarantined', 'call_mismatch', null, null);
	elsif callward.call_taken(f.call_id, f.user_id) then
		f := ('quarantined', 'owner_mismatch', null, null);
	elsif callward.vapi_call_taken(vapi_call_id, f.user_id, f.call_id) then
		bound := callward.call_of_vapi(vapi_call_id);
		f := ('quarantined', case when bound.user_id = f.user_id
		    then 'call_mismatch' else 'owner_mismatch' end, null, null);
	end if;
	return f;
end $$;

-- How far a call is; a call never goes back. 5: it is over.
create function callward.rank_of(status text) returns integer
language sql immutable parallel safe strict
return case status when 'initiated' then 1 when 'ringing' then 2
    when 'in-progress' then 3 when 'forwarding' then 4 else 5 end;

-- The value, unless it holds nothing.
create function callward.filled(value jsonb) returns jsonb
language sql immutable parallel safe
return case when value not in ('null', '{}', '[]', '""') then value end;

-- What a second final report says otherwise than the call does.
create function callward.differences(c public.calls, e public.calls)
returns jsonb
language sql stable set search_path = ''
begin atomic
	select coalesce(jsonb_object_agg(name, said)
	    filter (where said <> stands), '{}')
	from (values
		('ended_reason', to_jsonb(c.ended_reason),
		    to_jsonb(e.ended_reason)),
		('duration_seconds', to_jsonb(c.duration_seconds),
		    to_jsonb(e.duration_seconds)),
		('transcript', to_jsonb(c.transcript), to_jsonb(e.transcript)),
		('messages', c.messages, e.messages),
		('summary', to_jsonb(c.summary), to_jsonb(e.summary)),
		('analysis', c.analysis, e.analysis),
		('structured_data', c.structured_data, e.structured_data),
		('success_evaluation', to_jsonb(c.success_evaluation),
		    to_jsonb(e.success_evaluation)),
		('cost_usd', to_jsonb(c.cost_usd), to_jsonb(e.cost_usd))
	) as compared (name, stands, said);
end;

create type callward.merge as (
	verdict text,
	reason text,
	changed boolean,
	call public.calls
);

-- Fold a message e into the call c. The outcome does not depend on the order
-- in which a call's messages come:
--
--   * status only goes up in rank; of two final ones the report's stands;
--   * what ends a call (a final status, the report) fills the rest; of the two
--     the first report's values stand; nothing empty erases;
--   * started_at is the earliest that any message named, because several
--     kinds of message name it;
--   * an end that settle_call wrote ('callward-...') stands;
--   * a later report fills what is empty; what it says otherwise is kept as a
--     revision, five at most.
create function callward.merge_event(
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
		e.ended_at := null;
		if callward.rank_of(e.status) = 5 then
			e.status := c.status;
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

create function callward.store_call(n public.calls) returns void
language plpgsql set search_path = ''
as $$
begin
	update public.calls
	set vapi_call_id = n.vapi_call_id, twilio_call_sid = n.twilio_call_sid,
	    status = n.status, ended_reason = n.ended_reason,
	    started_at = n.started_at, ended_at = n.ended_at,
	    duration_seconds = n.duration_seconds,
	    recording_url = n.recording_url, transcript = n.transcript,
	    messages = n.messages, summary = n.summary, analysis = n.analysis,
	    structured_data = n.structured_data,
	    success_evaluation = n.success_evaluation, cost_usd = n.cost_usd,
	    report_at = n.report_at, revisions = n.revisions, updated_at = now()
	where user_id = n.user_id and id = n.id;
end $$;

-- The call, locked. One that has no row yet is made, as the older system did,
-- if its number is this owner's; else the answer has no id.
create function callward.take_call(
	user_id text, call_id uuid, assistant_id uuid, phone_number_id uuid,
	caller_phone_number text, assistant_phone_number text, metadata jsonb)
returns public.calls
language plpgsql set search_path = ''
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
	    caller_phone_number, assistant_phone_number, metadata)
	select take_call.call_id, n.user_id, a.id, n.id,
	    coalesce(take_call.caller_phone_number, ''),
	    coalesce(take_call.assistant_phone_number, ''), take_call.metadata
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

-- This CallSid, if it is one and no other call of the tenant has it.
create function callward.free_call_sid(user_id text, call_sid text)
returns text
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
begin
	if call_sid ~ '^CA[0-9a-fA-F]{32}$' and not exists (
	    select from public.calls
	    where user_id = free_call_sid.user_id
	        and twilio_call_sid = free_call_sid.call_sid) then
		return call_sid;
	end if;
	return null;
end $$;

-- Apply a server message to the call it is about, under its owner.
--
-- user_id null: the message named no owner; the row of its Vapi call decides.
-- user_id set: a seal named owner, call, assistant, number and metadata.
--
-- accepted, duplicate, stale   done, and noted in the inbox
-- quarantined                  nothing was written; reason says why:
--     unknown_call    nothing is known of this Vapi call
--     owner_mismatch  a row of this call is another tenant's
--     call_mismatch   owner agrees, but the Vapi call is another call's
--     foreign_number  no row yet, and the number is not this owner's
create function callward.apply_event(
	user_id text, call_id uuid, assistant_id uuid, phone_number_id uuid,
	caller_phone_number text, assistant_phone_number text, metadata jsonb,
	vapi_call_id text, twilio_call_sid text, event_type text, status text,
	ended_reason text, started_at timestamptz, ended_at timestamptz,
	duration_seconds integer, recording_url text, transcript text,
	messages jsonb, summary text, analysis jsonb, structured_data jsonb,
	success_evaluation text, cost_usd numeric, body_sha256 bytea,
	body_bytes integer)
returns callward.filing
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
	f callward.filing;
	c public.calls;
	e public.calls;
	m callward.merge;
begin
	claims := set_config('request.jwt.claims', '', true);
	f := callward.file_event(user_id, call_id, vapi_call_id);
	if f.verdict is null then
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', f.user_id)::text, true);
		c := callward.take_call(f.user_id, f.call_id, assistant_id,
		    phone_number_id, caller_phone_number,
		    assistant_phone_number, metadata);
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
		    apply_event.event_type = 'end-of-call-report');
		if m.changed then
			perform callward.store_call(m.call);
		end if;
		f.verdict := m.verdict;
		f.reason := m.reason;
		insert into callward.webhook_events (provider, event_type,
		    provider_call_id, twilio_call_sid, verdict, reason, user_id,
		    call_id, body_sha256, body_bytes)
		values ('vapi', left(apply_event.event_type, 64),
		    left(apply_event.vapi_call_id, 128),
		    left(apply_event.twilio_call_sid, 64), f.verdict, f.reason,
		    f.user_id, f.call_id, apply_event.body_sha256,
		    apply_event.body_bytes);
	end if;
	claims := set_config('request.jwt.claims', '', true);
	return f;
end $$;

-- Keep a message that was not applied. The id is the caller's, so that the
-- same line sent again stays one.
create function callward.record_event(
	id uuid, provider text, event_type text, provider_call_id text,
	twilio_call_sid text, verdict text, reason text, details jsonb,
	body_sha256 bytea, body_bytes integer, body bytea)
returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
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

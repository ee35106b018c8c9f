-- Apply a server message to the call it is about, under its owner.
--
-- user_id null: the message named no owner; the row of its Vapi call decides.
-- user_id set: a seal named owner, call, assistant, number and metadata.
-- told: its small values, as told_call reads them; null: none.
-- details: what of the message was left out, for the inbox; null: nothing.
-- line: the quarantined line of the inbox that has this message; null: it is
--     not one. The line becomes the accepted one, without its body.
-- received_at: when the message came; null: now.
--
-- accepted, duplicate, stale   done, and noted in the inbox; duplicate, too,
--                              when the line is in quarantine no more
-- quarantined                  nothing was written; reason says why:
--     unknown_call    no row of this Vapi call, and a deletion makes none
--     owner_mismatch  a row of this call is another tenant's
--     call_mismatch   owner agrees, but the Vapi call is another call's
--     foreign_number  no row yet, and the number is not this owner's
create or replace function callward.apply_event(
	user_id text, call_id uuid, assistant_id uuid, phone_number_id uuid,
	caller_phone_number text, assistant_phone_number text, metadata jsonb,
	vapi_call_id text, twilio_call_sid text, event_type text, status text,
	ended_reason text, told jsonb, transcript text, messages jsonb,
	summary text, analysis jsonb, structured_data jsonb, body_sha256 bytea,
	body_bytes integer, details jsonb default null, line uuid default null,
	received_at timestamptz default null)
returns callward.filing
language plpgsql
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
		kept := callward.event_call(f, event_type, assistant_id,
		    phone_number_id, caller_phone_number,
		    assistant_phone_number, metadata, vapi_call_id, at);
		f := kept.f;
		c := kept.c;
	end if;
	if f.verdict is null then
		e := callward.told_call(case when event_type <> 'call.deleted'
		    then vapi_call_id end, status, ended_reason, told,
		    transcript, messages, summary, analysis, structured_data);
		e.twilio_call_sid := case when c.twilio_call_sid is null
		    and event_type <> 'call.deleted'
		    then callward.free_call_sid(f.user_id, twilio_call_sid) end;
		m := callward.merge_event(c, e,
		    event_type = 'end-of-call-report', received_at);
		if m.changed then
			perform callward.store_call(m.call);
		end if;
		f.verdict := m.verdict;
		f.reason := m.reason;
		perform callward.note_event(line, at, f, event_type,
		    vapi_call_id, twilio_call_sid, details, body_sha256,
		    body_bytes);
	end if;
	claims := set_config('request.jwt.claims', '', true);
	return f;
end $$;

-- Apply a server message to the call it is about, under its owner.
--
-- user_id: named, with call, assistant, number and metadata, by a seal; null:
--     the message named no owner, and the row of its Vapi call decides.
-- told: its small values, as tell_call reads them; null: none.
-- messages, analysis, structured_data: JSON, read unless the report is known.
-- details: what of the message was left out, for the inbox; null: nothing.
-- line: the quarantined line of the inbox that has this message, if one has;
--     it becomes the accepted one, without its body.
-- received_at: when the message came; null: now.
-- report_digest: by which a report is known when it comes again.
--
-- accepted, duplicate, stale   done and noted; duplicate, too, when the line is
--                              in quarantine no more
-- quarantined                  nothing was written; the reason says why:
--     unknown_call    no row of this Vapi call, and a deletion makes none
--     owner_mismatch  a row of this call is another tenant's
--     call_mismatch   owner agrees, but the Vapi call is another call's
--     foreign_number  no row yet, and the number is not this owner's
create or replace function callward.apply_event(
	user_id text, call_id uuid, assistant_id uuid, phone_number_id uuid,
	caller_phone_number text, assistant_phone_number text, metadata jsonb,
	vapi_call_id text, twilio_call_sid text, event_type text, status text,
	ended_reason text, told jsonb, transcript text, messages text,
	summary text, analysis text, structured_data text, body_sha256 bytea,
	body_bytes integer, details jsonb default null, line uuid default null,
	received_at timestamptz default null, report_digest bytea default null)
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
		if report_digest is not null and exists (select
		    from public.calls k
		    where k.user_id = f.user_id and k.id = f.call_id
		        and k.report_digest = apply_event.report_digest
		        and k.vapi_call_id = apply_event.vapi_call_id
		        -- one that came before it may have to stand before it
		        and coalesce(received_at >= k.report_at, true)) then
			f.verdict := 'duplicate';
		else
			kept := callward.event_call(f, event_type, assistant_id,
			    phone_number_id, caller_phone_number,
			    assistant_phone_number, metadata, vapi_call_id, at);
			f := kept.f; c := kept.c;
		end if;
	end if;
	if f.verdict is null then
		kept := callward.tell_call(c, event_type, case when kept.binds
		    or event_type = 'end-of-call-report' then vapi_call_id end,
		    twilio_call_sid, status, ended_reason, told, transcript, messages,
		    summary, analysis, structured_data, report_digest, received_at);
		f := (kept.verdict, kept.reason, f.user_id, f.call_id);
	end if;
	if f.verdict <> 'quarantined' then
		perform callward.note_event(line, at, f, event_type,
		    vapi_call_id, twilio_call_sid, details, body_sha256,
		    body_bytes);
	end if;
	claims := set_config('request.jwt.claims', '', true);
	return f;
end $$;

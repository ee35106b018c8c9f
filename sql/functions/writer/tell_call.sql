-- Apply a message to the call c, and store the call if that changes anything.
-- An empty value counts as absent. told: small values by the names of their
-- columns; those that have no column are in details.
create or replace function callward.tell_call(
	c public.calls, event_type text, vapi_call_id text, call_sid text,
	status text, ended_reason text, told jsonb, transcript text,
	messages text, summary text, analysis text, structured_data text,
	report_digest bytea, received_at timestamptz,
	out verdict text, out reason text)
language plpgsql
as $$
declare
	-- parsed once: inlined into an expression they might be parsed twice
	turns constant jsonb := messages;
	tree constant jsonb := analysis;
	data constant jsonb := structured_data;
	e public.calls;
	m callward.merge;
begin
	if event_type <> 'call.deleted' then
		e.vapi_call_id := vapi_call_id;
		if c.twilio_call_sid is null and call_sid is not null then
			e.twilio_call_sid := callward.free_call_sid(c.user_id,
			    call_sid);
		end if;
	end if;
	e.status := nullif(status, '');
	e.ended_reason := nullif(ended_reason, '');
	e.transcript := nullif(transcript, '');
	e.messages := callward.filled(turns);
	e.summary := nullif(summary, '');
	e.analysis := callward.filled(tree);
	e.structured_data := callward.filled(data);
	if told is not null then
		e.started_at := (told ->> 'started_at')::timestamptz;
		e.ended_at := (told ->> 'ended_at')::timestamptz;
		e.duration_seconds := (told ->> 'duration_seconds')::integer;
		e.recording_url := nullif(told ->> 'recording_url', '');
		e.success_evaluation := nullif(told ->> 'success_evaluation',
		    '');
		e.cost_usd := (told ->> 'cost_usd')::numeric;
		e.details := callward.filled(told -> 'details');
	end if;
	m := callward.merge_event(c, e, event_type = 'end-of-call-report',
	    received_at);
	if m.changed then
		-- a report that was not kept has to be read again
		perform callward.store_call(m.call, case when m.reason
		    is distinct from 'revision_limit' then report_digest end);
	end if;
	verdict := m.verdict;
	reason := m.reason;
end $$;

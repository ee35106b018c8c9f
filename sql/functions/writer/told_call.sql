-- What a message tells of its call, as a row of which nothing else is set; what
-- it tells with nothing in it is not told.
create or replace function callward.told_call(
	vapi_call_id text, status text, ended_reason text,
	started_at timestamptz, ended_at timestamptz, duration_seconds integer,
	recording_url text, transcript text, messages jsonb, summary text,
	analysis jsonb, structured_data jsonb, success_evaluation text,
	cost_usd numeric)
returns public.calls
language plpgsql
as $$
declare
	e public.calls;
begin
	e.vapi_call_id := vapi_call_id;
	e.status := nullif(status, '');
	e.ended_reason := nullif(ended_reason, '');
	e.started_at := started_at;
	e.ended_at := ended_at;
	e.duration_seconds := duration_seconds;
	e.recording_url := nullif(recording_url, '');
	e.transcript := nullif(transcript, '');
	e.messages := callward.filled(messages);
	e.summary := nullif(summary, '');
	e.analysis := callward.filled(analysis);
	e.structured_data := callward.filled(structured_data);
	e.success_evaluation := nullif(success_evaluation, '');
	e.cost_usd := cost_usd;
	return e;
end $$;

-- What a message tells of its call, as a row of which nothing else is set; what
-- it tells with nothing in it is not told. told: small values by the names of
-- their columns; those that have none of their own are in details.
create or replace function callward.told_call(
	vapi_call_id text, status text, ended_reason text, told jsonb,
	transcript text, messages jsonb, summary text, analysis jsonb,
	structured_data jsonb)
returns public.calls
language plpgsql
as $$
declare
	e public.calls;
begin
	e.vapi_call_id := vapi_call_id;
	e.status := nullif(status, '');
	e.ended_reason := nullif(ended_reason, '');
	e.transcript := nullif(transcript, '');
	e.messages := callward.filled(messages);
	e.summary := nullif(summary, '');
	e.analysis := callward.filled(analysis);
	e.structured_data := callward.filled(structured_data);
	if told is null then
		return e;
	end if;
	e.started_at := (told ->> 'started_at')::timestamptz;
	e.ended_at := (told ->> 'ended_at')::timestamptz;
	e.duration_seconds := (told ->> 'duration_seconds')::integer;
	e.recording_url := nullif(told ->> 'recording_url', '');
	e.success_evaluation := nullif(told ->> 'success_evaluation', '');
	e.cost_usd := (told ->> 'cost_usd')::numeric;
	e.details := callward.filled(told -> 'details');
	return e;
end $$;

-- digest: of the report that changed the call (report_digest); null: it was
-- none, and the digest of the report before stays.
create or replace function callward.store_call(
	n public.calls, digest bytea default null)
returns void
language plpgsql
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
	    details = n.details,
	    report_at = n.report_at, revisions = n.revisions,
	    report_digest = coalesce(digest, n.report_digest),
	    updated_at = now()
	where user_id = n.user_id and id = n.id;
end $$;

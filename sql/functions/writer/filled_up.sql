-- The call n, over, with what a tells of it, and where a tells nothing with
-- what b does; words from a report alone.
create or replace function callward.filled_up(
	n public.calls, a public.calls, b public.calls, report boolean)
returns public.calls
language plpgsql
as $$
begin
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
	n.details := coalesce(b.details || a.details, a.details, b.details);
	if report then
		n.transcript := coalesce(a.transcript, b.transcript);
		n.messages := coalesce(a.messages, b.messages);
		n.summary := coalesce(a.summary, b.summary);
	end if;
	return n;
end $$;

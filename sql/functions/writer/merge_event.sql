-- Fold a message e into the call c; received_at: when it came, if that was
-- before now. The outcome does not depend on the order in which a call's
-- messages come:
--
--   * status only goes up in rank; of two final ones that of the report stands;
--   * what ends a call (a final status, the report) fills the rest, any
--     message fills details; nothing empty erases. Of two values the one
--     stands whose message weighs more: a report with words, then one without
--     (it came before the call was over), then a status; of equal ones the
--     first;
--   * words come from reports alone;
--   * started_at is the earliest that any message named, because several
--     kinds of message name it;
--   * an end that settle_call wrote ('callward-...') stands, as a reason also
--     where the call goes on (forwarded);
--   * what a second report with words says otherwise is kept as a revision,
--     five at most.
create or replace function callward.merge_event(
	c public.calls, e public.calls, report boolean,
	received_at timestamptz default null)
returns callward.merge
language plpgsql
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
begin
	if c.ended_reason like 'callward-%' then
		e := callward.without_our_end(c, e);
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
		n := callward.filled_up(n, a, b, report);
	else
		n.details := coalesce(e.details || c.details, c.details,
		    e.details);
	end if;
	m.call := n;
	if weight = 2 and standing = 2 then
		m := callward.add_revision(m, c, b, case when stands
		    then c.report_at else coalesce(received_at, now()) end);
	end if;
	m.changed := m.call is distinct from c;
	m.verdict := case
		when not report
		    and callward.rank_of(e.status) < callward.rank_of(c.status)
		    then 'stale'
		when m.changed or m.reason is not null
		    or e.status is null and not report then 'accepted'
		else 'duplicate' end;
	return m;
end $$;

-- Find the owner of an arriving call and record it.
--
-- mismatch   this CallSid came before with another From
-- repeat     it was answered: answer
-- wait       another attempt, opened age_ms ago, is at work on it
-- unlisted   To is no line of ours
-- unknown    no active number leads to an owner
-- loop       the same, and a number that is being proven awaits this call
-- conflict   the signals lead to two owners
-- busy       the number's calls are at a limit (0 is none)
-- closed     recorded: say that the clinic is closed
-- forward    recorded: dial the fallback; if none can be, as new or capped
-- capped     recorded: the plan's seconds are used up
-- new        recorded: start the assistant
--
-- The fallbacks are the number's and the line's; one that is itself a line of
-- ours is none. dialled_recently, line_dialled_recently: that number was dialled
-- for this caller within the last minute. What the clinic has set is one row
-- (public.prepared_settings), whatever it has of hours and plan.
create or replace function callward.open_call(
	call_id uuid, call_sid text, sender text, recipient text, called text,
	forwarded_from text, diversion text, stir_verstat text,
	calls_at_once integer, calls_per_minute integer,
	came jsonb default null)
returns callward.opening
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	o callward.opening;
	who constant text := callward.caller_key(sender, recipient,
	    forwarded_from, diversion);
	-- of an attempt that is sent again, when the first came
	since timestamptz;
	is_recorded boolean;
begin
	claims := set_config('request.jwt.claims', '', true);
	insert into callward.call_answers (call_sid, sender, call_id)
	values (open_call.call_sid, who, open_call.call_id)
	on conflict do nothing
	returning opened_at into since;
	if not found then
		o := callward.reopen_call(call_id, call_sid, who);
		select opened_at into since from callward.call_answers
		where call_sid = open_call.call_sid;
	end if;
	is_recorded := o.user_id is not null;
	if o.verdict is null or o.verdict in ('repeat', 'wait') then
		o := callward.decide_line(o, recipient);
	end if;
	if o.verdict is null and not is_recorded then
		o := callward.decide_owner(o, sender, recipient, called,
		    forwarded_from, diversion);
	end if;
	if o.verdict is null then
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', o.user_id)::text, true);
		o := callward.decide_action(o, is_recorded, since,
		    array[sender, forwarded_from, diversion, recipient],
		    calls_at_once, calls_per_minute);
	end if;
	if o.verdict in ('new', 'closed', 'forward', 'capped') then
		o.call_id := open_call.call_id;
		o := callward.record_opening(o, is_recorded, call_sid, sender,
		    recipient, forwarded_from, diversion, stir_verstat);
	elsif o.verdict in ('unlisted', 'unknown', 'conflict', 'busy') then
		perform callward.note_refusal(o, call_id, call_sid, sender,
		    recipient, case when forwarded_from is distinct from called
		        then forwarded_from end, diversion, stir_verstat,
		    came);
	end if;
	o.dialled_recently := coalesce(
	    callward.dialled_lately(o.fallback, who), false);
	o.line_dialled_recently := coalesce(
	    callward.dialled_lately(o.line_fallback, who), false);
	claims := set_config('request.jwt.claims', '', true);
	return o;
end $$;

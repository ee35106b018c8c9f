-- Sets the columns of a call that are derived from others. When a text changes
-- that the call is found by, its words are removed and it is put into the queue
-- for new ones: so what was taken out of a call is not found from then on. A
-- call of an earlier day that changes marks its day. Values that a column may
-- not have are refused here, not by a CHECK; and the trigger has no WHEN: every
-- statement would have to parse these again.
--
-- execute: authenticated, callward_resolver, callward_writer
create or replace function callward.derive() returns trigger
language plpgsql
as $$
begin
	if new.status <> all ('{initiated,ringing,in-progress,forwarding,'
	        'completed,no-answer,busy,failed,canceled}')
	    or new.follow_up_state <> all ('{none,open,in_progress,done}')
	    or new.duration_seconds < 0 or new.cost_usd < 0
	    or new.twilio_call_sid !~ '^CA[0-9a-fA-F]{32}$'
	    or new.user_id !~ '^[A-Za-z0-9_-]{1,64}$' then
		perform callward.refuse_call(new);
	end if;
	if new.structured_data is distinct from old.structured_data
	    or new.details is distinct from old.details then
		new.intent := coalesce(callward.intent_of(new.details),
		    callward.intent_of(new.structured_data));
		new.caller_name := new.details ->> 'caller_name';
	end if;
	new.missed := callward.missed_of(new.status, new.details);
	if new.success_evaluation is distinct from old.success_evaluation then
		new.success := callward.success_of(new.success_evaluation);
	end if;
	if new.cost_usd is distinct from old.cost_usd then
		new.cost_micros := callward.micros_of(new.cost_usd);
	end if;
	if callward.wants_words(new.status, new.report_at, coalesce(new.intent,
	        new.caller_name, new.summary, new.transcript, new.notes,
	        new.follow_up_note))
	    and (tg_op = 'INSERT'
	        or not callward.wants_words(old.status, old.report_at, coalesce(
	            old.intent, old.caller_name, old.summary, old.transcript,
	            old.notes, old.follow_up_note))
	        or (new.created_at, new.caller_phone_number,
	            new.assistant_phone_number, new.forwarded_from, new.tags,
	            new.intent, new.caller_name, new.summary, new.transcript,
	            new.notes, new.follow_up_note)
	        is distinct from (old.created_at, old.caller_phone_number,
	            old.assistant_phone_number, old.forwarded_from, old.tags,
	            old.intent, old.caller_name, old.summary, old.transcript,
	            old.notes, old.follow_up_note)) then
		new.search_words := null;
		perform callward.queue_words(new.user_id, new.id);
	end if;
	if least(new.created_at, old.created_at)
	    < date_trunc('day', now(), 'UTC')
	    and (new.created_at, new.status, new.intent, new.duration_seconds,
	        new.after_hours, new.is_test, new.success, new.cost_micros,
	        new.ended_reason, new.missed)
	    is distinct from (old.created_at, old.status, old.intent,
	        old.duration_seconds, old.after_hours, old.is_test, old.success,
	        old.cost_micros, old.ended_reason, old.missed) then
		perform callward.mark_day(new.user_id, new.created_at);
		if old.created_at <> new.created_at then
			perform callward.mark_day(old.user_id, old.created_at);
		end if;
	end if;
	return new;
end $$;

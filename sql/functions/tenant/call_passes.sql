-- Whether a call of these columns is what a filter asks for. They are given one
-- by one: no role that asks may read all of a call.
--
-- execute: callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.call_passes(
	status text, missed boolean, details jsonb, follow_up_state text,
	after_hours boolean, phone_number_id uuid, f callward.call_filter)
returns boolean
language sql immutable parallel safe
return (f.status is null or call_passes.status = f.status)
    and (f.follow_up is null or follow_up_state = f.follow_up
	or f.follow_up = 'needed'
	    and follow_up_state in ('open', 'in_progress'))
    and (f.outcome is null
	or f.outcome = 'after_hours' and after_hours
	or f.outcome = 'answered' and not missed
	    and callward.is_answered(call_passes.status)
	or f.outcome = 'missed' and missed
	or f.outcome = 'transferred'
	    and details ?| '{transfers,forwarded_to}')
    and (f.phone_number_id is null
	or call_passes.phone_number_id = f.phone_number_id);

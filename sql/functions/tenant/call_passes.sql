-- Whether a call of the first four is what the others want; null: anything.
--
-- execute: callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.call_passes(
	status text, follow_up_state text, after_hours boolean,
	phone_number_id uuid, wanted_status text, wanted_follow_up text,
	wanted_outcome text, wanted_number uuid)
returns boolean
language sql immutable parallel safe
return (wanted_status is null or status = wanted_status)
    and (wanted_follow_up is null or follow_up_state = wanted_follow_up
	or wanted_follow_up = 'needed'
	    and follow_up_state in ('open', 'in_progress'))
    and (wanted_outcome is null
	or wanted_outcome = 'after_hours' and after_hours
	or wanted_outcome = 'answered'
	    and status in ('completed', 'in-progress', 'forwarding')
	or wanted_outcome = 'missed'
	    and status in ('no-answer', 'busy', 'failed', 'canceled'))
    and (wanted_number is null or phone_number_id = wanted_number);

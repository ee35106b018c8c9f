-- Whether a call of this status was missed.
--
-- execute: authenticated, callward_resolver, callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.is_missed(status text)
returns boolean
language sql immutable parallel safe
return status in ('no-answer', 'busy', 'failed', 'canceled');

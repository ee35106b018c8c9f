-- Which recording of a call there is at Vapi; null: none that we know of.
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.recording_of(
	recording_url text, details jsonb)
returns text
language sql immutable parallel safe
return coalesce(recording_of.details ->> 'recording',
    case when recording_of.recording_url is not null then 'mono' end);

-- execute: callward_writer
create or replace function callward.complaint(field text, message text)
returns jsonb
language sql immutable
return jsonb_build_object('field', field, 'message', message);

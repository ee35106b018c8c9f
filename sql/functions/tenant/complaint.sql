-- A field that cannot be as it is. code: a row of fcgi/api/api_problem.c, which
-- has the message, with these parameters.
--
-- execute: callward_writer
create or replace function callward.complaint(
	field text, code text, params jsonb default '{}')
returns jsonb
language sql immutable
return jsonb_build_object('field', field, 'code', code, 'params', params);

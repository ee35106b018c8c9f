-- Why it cannot be done: an outcome, and a code as a complaint has.
--
-- execute: callward_writer
create or replace function callward.problem(
	outcome text, code text, params jsonb default '{}')
returns callward.written
language sql immutable
return callward.answered(outcome,
    json_build_object('code', code, 'params', params));

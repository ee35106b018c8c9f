-- An evaluation is whatever the assistant's rubric makes of it.
--
-- execute: authenticated, callward_resolver, callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.success_of(evaluation text) returns boolean
language sql immutable parallel safe
return case when length(success_of.evaluation) > 40 then null
    when lower(success_of.evaluation) in ('true', 'pass', 'passed', 'yes',
	'success', 'successful', 'excellent', 'good')
	or success_of.evaluation ~ '^([7-9]|10)(\.[0-9]+)?$'
	or success_of.evaluation ~ '^([7-9][0-9]|100)(\.[0-9]+)?%?$'
	then true
    when success_of.evaluation is not null then false end;

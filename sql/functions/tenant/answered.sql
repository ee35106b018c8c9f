-- execute: callward_writer
create or replace function callward.answered(
	outcome text, answer json default null)
returns callward.written
language sql immutable
return row(outcome, answer);

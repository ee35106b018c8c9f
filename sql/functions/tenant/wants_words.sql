-- Is there anything to find a call of these columns by, beside its numbers and
-- tags? text: any of what was said, noted or found out. A call under way has no
-- words, so that neither its first answer nor its states pay for them: a search
-- looks at those calls themselves.
--
-- execute: authenticated, callward_resolver, callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.wants_words(
	status text, report_at timestamptz, text text)
returns boolean
language sql immutable parallel safe
return wants_words.report_at is not null or wants_words.text is not null
    or wants_words.status not in ('initiated', 'ringing', 'in-progress',
	'forwarding');

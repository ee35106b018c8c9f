-- Does a call with these columns need words? text: null, if nothing was said,
-- noted or found out. A call under way does not, so that its webhooks do not
-- pay for them: a search looks at the numbers and tags of those calls
-- themselves.
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

-- A name of an intent, or null.
--
-- execute: authenticated, callward_resolver, callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.intent_of(structured_data jsonb)
returns text
language sql immutable parallel safe
return case when length(intent_of.structured_data ->> 'intent') <= 50
    and intent_of.structured_data ->> 'intent' ~ '^[a-z][a-z0-9_]+$'
    then intent_of.structured_data ->> 'intent' end;

-- What a word is kept under, beside its tenant, is sixteen days now and not
-- one: each look for a rare word costs the index one descent for each of them.
-- A word is asked for by its beginning, so the days stand before it; numbers,
-- tags and intents are asked for whole, so the days stand behind them, and all
-- of one number are neighbours in the index.
--
-- execute: authenticated, callward_resolver, callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.search_span(at timestamptz) returns integer
language sql immutable strict parallel safe
return ((search_span.at at time zone 'UTC')::date - date '1970-01-01') / 16;

-- A text as it is compared: small letters, plain quotes, single spaces.
--
-- execute: callward_writer
create or replace function callward.plain_words(words text) returns text
language sql immutable
return btrim(regexp_replace(lower(translate(words, '’‘“”' || chr(160),
    '''''"" ')), '\s+', ' ', 'g'));

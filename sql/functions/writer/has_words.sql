-- Did anybody say anything in this call, as far as it is told? Blanks and the
-- labels of who speaks are no words.
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.has_words(c public.calls) returns boolean
language sql immutable parallel safe
return coalesce(jsonb_path_exists(c.messages,
        '$[*].message ? (@ like_regex "\\S")'), false)
    or coalesce(regexp_replace(left(c.transcript, 1000),
        '(^|\n)\s*\w+:', '\1', 'g') ~ '\S', false)
    or coalesce(left(c.summary, 1000) ~ '\S', false);

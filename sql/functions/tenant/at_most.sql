create or replace function callward.at_most(most integer, things text)
returns callward.written
language sql immutable
return callward.answered('conflict', json_build_object('detail', format(
    '%s %s are the most there can be: remove one first', most, things)));

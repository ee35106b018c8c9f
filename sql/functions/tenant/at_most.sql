create or replace function callward.at_most(most integer, code text)
returns callward.written
language sql immutable
return callward.problem('conflict', code, jsonb_build_object('n', most));

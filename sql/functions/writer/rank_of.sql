-- How far a call is; a call never goes back. 5: it is over. Null for null, by
-- the body and not by "strict", since the planner would not inline a strict
-- function.
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.rank_of(status text) returns integer
language sql immutable parallel safe
return case when status is null then null when status = 'initiated' then 1
    when status = 'ringing' then 2 when status = 'in-progress' then 3
    when status = 'forwarding' then 4 else 5 end;

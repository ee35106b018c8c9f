-- How far a call is; a call never goes back. 5: it is over.
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.rank_of(status text) returns integer
language sql immutable parallel safe strict
return case status when 'initiated' then 1 when 'ringing' then 2
    when 'in-progress' then 3 when 'forwarding' then 4 else 5 end;

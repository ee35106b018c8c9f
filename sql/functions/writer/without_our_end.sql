-- What a message tells of a call whose end settle_call wrote ('callward-...'),
-- without what that end stands against: the reason always, the moment and a
-- final status where the call does not go on (forwarded).
create or replace function callward.without_our_end(
	c public.calls, e public.calls)
returns public.calls
language plpgsql
as $$
begin
	e.ended_reason := null;
	if callward.rank_of(c.status) = 5
	    and c.ended_reason <> 'callward-forwarded' then
		e.ended_at := null;
		if callward.rank_of(e.status) = 5 then
			e.status := c.status;
		end if;
	end if;
	return e;
end $$;

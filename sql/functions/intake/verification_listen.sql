-- A leg heard eight tones, one of three times: the loops that they may be of.
create or replace function callward.verification_listen(call_sid text)
returns setof uuid
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	leg callward.verification_legs;
begin
	claims := set_config('request.jwt.claims', '', true);
	update callward.verification_legs g
	set listens = listens + 1
	where g.call_sid = verification_listen.call_sid and listens < 3
	    and verification_id is null
	    and came_at > now() - interval '90 seconds'
	returning * into leg;
	return query
	select v.id from callward.verifications v
	where v.step = 'loop' and v.state = 'ringing' and not v.withheld
	    and v.started_at > now() - interval '90 seconds'
	    and (v.line in (leg.line, leg.sender) or v.phone_number
	        in (leg.sender, leg.forwarded_from, leg.diversion))
	order by v.phone_number in (leg.sender, leg.forwarded_from,
	    leg.diversion) desc nulls last, v.started_at desc
	limit 50;
end $$;

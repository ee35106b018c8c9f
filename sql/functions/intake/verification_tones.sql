-- A leg brought the tones of this attempt, so it is its call: by what carried
-- the number, later calls are known.
--
-- The attempt's new state, or 'absent' when it does not wait for them (any
-- more). While others claim the number too, none of the claims becomes active
-- by itself.
create or replace function callward.verification_tones(call_sid text, id uuid)
returns text
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	v callward.verifications;
	leg callward.verification_legs;
	others boolean;
begin
	claims := set_config('request.jwt.claims', '', true);
	select * into v from callward.verifications w
	where w.id = verification_tones.id
	for update;
	update callward.verification_legs g set verification_id = v.id
	where g.call_sid = verification_tones.call_sid and v.id is not null
	    and coalesce(g.verification_id, v.id) = v.id
	returning * into leg;
	if leg.call_sid is null or v.step <> 'loop' or v.withheld then
		return 'absent';
	elsif v.state <> 'ringing' then
		return v.state;
	elsif v.started_at <= now() - interval '90 seconds' then
		return 'absent';
	end if;

	v.seen := jsonb_build_object(
	    'from', callward.seen_as(leg.sender, v.phone_number, v.line),
	    'forwarded_from', callward.seen_as(leg.forwarded_from,
	        v.phone_number, v.line),
	    'diversion', callward.seen_as(leg.diversion, v.phone_number,
	        v.line));
	v.match_rule := case 'number' when v.seen ->> 'from' then 'from'
	    when v.seen ->> 'forwarded_from' then 'forwarded_from'
	    when v.seen ->> 'diversion' then 'diversion' end;
	perform pg_advisory_xact_lock(
	    hashtextextended('prove ' || v.phone_number, 0));
	select c.active, c.others into v.withheld, others
	from callward.claims_on(v.phone_number, v.user_id) c;
	v.state := case when v.withheld then 'ringing'
	    when v.match_rule is null then 'failed'
	    when others then 'waiting_operator' else 'done' end;
	v.reason := case when v.state = 'failed' then 'number_not_carried' end;
	if v.state in ('done', 'waiting_operator') then
		v := callward.claim_proven(v);
	end if;
	update callward.verifications w
	set state = v.state, reason = v.reason, withheld = v.withheld,
	    match_rule = case when v.withheld then null
	        else v.match_rule end,
	    seen = case when v.withheld then null else v.seen end,
	    changed_at = now()
	where w.id = v.id;
	return v.state;
end $$;

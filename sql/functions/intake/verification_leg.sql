-- Note a call that came in while an attempt waited: is it listened to? Legs
-- are counted by the place and the number that they name: who calls in under
-- other numbers, or forges one place, takes no room from the leg that names its
-- number in another. Room is bounded, so that nobody keeps the lines busy: 30
-- for each place and number, and 5 for those that name none.
create or replace function callward.verification_leg(
	call_sid text, sender text, recipient text, called text,
	forwarded_from text, diversion text)
returns boolean
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	carrier text := case when forwarded_from is distinct from recipient
	    and forwarded_from is distinct from called
	    then forwarded_from end;
	waiting callward.verifications[];
	numbers text[];
	lines text[];
	loops bigint;
	code_of uuid;
	place text;
	room bigint;
begin
	claims := set_config('request.jwt.claims', '', true);
	select array_agg(v) into waiting from callward.verifications v
	where state = 'ringing'
	    and started_at > now() - interval '60 seconds'
	    and (v.line in (sender, recipient)
	        or v.phone_number in (sender, carrier, diversion));
	select w.id into code_of from unnest(waiting) w
	where w.step = 'code' and (w.phone_number in (sender, carrier,
	        diversion)
	    or w.line = sender and cardinality(waiting) = 1);
	select count(*), array_agg(w.phone_number), array_agg(w.line)
	into loops, numbers, lines
	from unnest(waiting) w where w.step = 'loop';
	if code_of is null and loops = 0 then
		return false;
	end if;

	place := case
	    when code_of is not null then 'code ' || code_of
	    when carrier = any (numbers) then 'forwarded_from ' || carrier
	    when diversion = any (numbers) then 'diversion ' || diversion
	    when sender = any (numbers) then 'from ' || sender
	    when sender = any (lines) then 'line ' || sender
	    else 'none ' || recipient end;
	room := case split_part(place, ' ', 1) when 'code' then 1
	    when 'line' then 30 * loops when 'none' then 5 * loops
	    else 30 end;
	-- those that come at once are counted one after the other
	perform pg_advisory_xact_lock(hashtextextended('leg ' || place, 0));
	if room <= (select count(*) from callward.verification_legs g
	    where g.counted_as = place
	        and g.came_at > now() - interval '60 seconds'
	        and g.call_sid <> verification_leg.call_sid) then
		return false;
	end if;
	insert into callward.verification_legs (call_sid, line, sender, called,
	    forwarded_from, diversion, counted_as, verification_id)
	values (verification_leg.call_sid, recipient, left(sender, 128),
	    left(verification_leg.called, 128), left(carrier, 128),
	    left(verification_leg.diversion, 128), place, code_of)
	on conflict do nothing;
	return code_of is null;
end $$;

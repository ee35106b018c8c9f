-- Why this tenant can run no test at all now: what it may spend is spent.
--
-- execute: callward_writer
create or replace function callward.trial_spent() returns callward.written
language plpgsql stable
as $$
declare
	me constant text := callward.current_user_id();
	cap integer;
	again timestamptz;
begin
	if 10 <= (select count(*) from callward.trial_runs(
	    now() - interval '1 minute')) then
		return callward.problem('limit', 'tests_per_minute',
		    '{"n": 10}');
	end if;
	select r.at + interval '1 day' into again
	from callward.trial_runs(now() - interval '1 day') r (at)
	order by r.at desc offset 99 limit 1;
	if found then
		return callward.problem('limit', 'tests_per_day',
		    jsonb_build_object('n', 100, 'time', to_char(
		        again at time zone callward.clinic_zone(me), 'HH24:MI'),
		        'zone', callward.clinic_zone(me)));
	end if;
	select case s.cap_behaviour when 'fallback'
	    then s.included_seconds end
	into cap
	from public.subscriptions s
	where s.user_id = me
	order by s.created_at desc, s.id desc limit 1;
	if cap is not null and callward.is_used_up(me, cap, now()) then
		return callward.problem('conflict', 'plan_used_up');
	end if;
	return null;
end $$;

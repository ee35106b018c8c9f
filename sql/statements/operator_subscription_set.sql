-- operator_subscription_set: a tenant's plan, or its change
-- role: operator
-- caller: set_subscription
-- params: user_id text, plan text, status text?, included_seconds integer?,
--   unlimited boolean, cap_behaviour text?, period_start text?,
--   period_end text?
-- columns: verdict text
-- Runs as callward_writer with that tenant set. The newest row is the plan;
-- what is not given stays as it is, but a plan that had ended is active again.
-- A date without a time is the first instant of that day in the clinic's zone.
with given as (
	select case when length({period_start}) = 10 then
	        callward.day_start(day => {period_start}::date,
	            zone => callward.clinic_zone({user_id}))
	        else {period_start}::timestamptz end as starts,
	    case when length({period_end}) = 10 then
	        callward.day_start(day => {period_end}::date,
	            zone => callward.clinic_zone({user_id}))
	        else {period_end}::timestamptz end as ends
), old as (
	select * from public.subscriptions where user_id = {user_id}
	order by created_at desc, id desc limit 1
), wanted as (
	select old.id, {plan} as plan,
	    coalesce({status}, nullif(old.status, 'canceled'), 'active')
	        as status,
	    case when {unlimited} then null
	        else coalesce({included_seconds}, old.included_seconds) end
	        as included_seconds,
	    coalesce({cap_behaviour}, old.cap_behaviour, 'fallback') as cap_behaviour,
	    coalesce(given.starts, old.current_period_start)
	        as current_period_start,
	    coalesce(given.ends, old.current_period_end) as current_period_end
	from given left join old on true
), sane as (
	select * from wanted
	where (current_period_end > current_period_start) is not false
), changed as (
	update public.subscriptions s
	set plan = n.plan, status = n.status,
	    included_seconds = n.included_seconds,
	    cap_behaviour = n.cap_behaviour,
	    current_period_start = n.current_period_start,
	    current_period_end = n.current_period_end
	from sane n
	where s.user_id = {user_id} and s.id = n.id
	    and (s.plan, s.status, s.included_seconds, s.cap_behaviour,
	        s.current_period_start, s.current_period_end)
	    is distinct from (n.plan, n.status, n.included_seconds,
	        n.cap_behaviour, n.current_period_start, n.current_period_end)
	returning s.id
), added as (
	insert into public.subscriptions (user_id, plan, status,
	    included_seconds, cap_behaviour, current_period_start,
	    current_period_end)
	select {user_id}, plan, status, included_seconds, cap_behaviour,
	    current_period_start, current_period_end
	from sane where id is null
	returning id
)
select case when not exists (select from sane) then null
    when exists (select from added) then 'added'
    when exists (select from changed) then 'changed'
    else 'already there' end as verdict;

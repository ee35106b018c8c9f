-- operator_subscription_set: a tenant's plan, or its change
-- role: operator
-- caller: set_subscription
-- params: user_id text, plan text, status text, included_seconds integer,
--   unlimited boolean, cap_behaviour text, period_start text, period_end text
-- columns: verdict text
-- Runs as callward_writer with that tenant set. The newest row is the plan;
-- what is not given stays as it is, but a plan that had ended is active again.
-- A date without a time is the first instant of that day in the clinic's zone.
with given as (
	select case when length($7::text) = 10 then callward.day_start($7::date,
	        callward.clinic_zone($1::text))
	        else $7::timestamptz end as starts,
	    case when length($8::text) = 10 then callward.day_start($8::date,
	        callward.clinic_zone($1::text))
	        else $8::timestamptz end as ends
), old as (
	select * from public.subscriptions where user_id = $1::text
	order by created_at desc, id desc limit 1
), wanted as (
	select old.id, $2::text as plan,
	    coalesce($3::text, nullif(old.status, 'canceled'), 'active')
	        as status,
	    case when $5::boolean then null
	        else coalesce($4::integer, old.included_seconds) end
	        as included_seconds,
	    coalesce($6::text, old.cap_behaviour, 'fallback') as cap_behaviour,
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
	where s.user_id = $1::text and s.id = n.id
	    and (s.plan, s.status, s.included_seconds, s.cap_behaviour,
	        s.current_period_start, s.current_period_end)
	    is distinct from (n.plan, n.status, n.included_seconds,
	        n.cap_behaviour, n.current_period_start, n.current_period_end)
	returning s.id
), added as (
	insert into public.subscriptions (user_id, plan, status,
	    included_seconds, cap_behaviour, current_period_start,
	    current_period_end)
	select $1::text, plan, status, included_seconds, cap_behaviour,
	    current_period_start, current_period_end
	from sane where id is null
	returning id
)
select case when not exists (select from sane) then null
    when exists (select from added) then 'added'
    when exists (select from changed) then 'changed'
    else 'already there' end as verdict;

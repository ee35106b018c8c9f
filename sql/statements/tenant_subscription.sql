-- tenant_subscription: the tenant's plan, and how much of it is used
-- role: tenant
-- caller: api_subscription
-- params: none
-- columns: answer json
select json_build_object('plan', s.plan, 'status', s.status,
    'included_seconds', s.included_seconds, 'used_seconds', u.used,
    'remaining_seconds', greatest(s.included_seconds - u.used, 0),
    'percent', u.percent, 'warning', coalesce(u.percent >= 80, false),
    'capped', coalesce(u.used >= s.included_seconds, false),
    'cap_behaviour', coalesce(s.cap_behaviour, 'fallback'),
    'current_period_start', p.period_start,
    'current_period_end', p.period_end,
    'first_day', (p.period_start at time zone zone)::date,
    'last_day', ((p.period_end - interval '1 microsecond')
	at time zone zone)::date,
    'calls', callward.calls_between(user_id => me,
	since => p.period_start, until => p.period_end)) as answer
from callward.current_user_id() me
cross join callward.current_period(user_id => me, at => now()) p
cross join callward.clinic_zone(me) zone
left join lateral (
	select * from public.subscriptions where user_id = me
	order by created_at desc, id desc limit 1
) s on true
cross join lateral (
	select used, case when s.included_seconds > 0
	    then round(used * 100.0 / s.included_seconds, 1) end as percent
	from callward.used_seconds(user_id => me, since => p.period_start,
	    until => p.period_end) used
) u;

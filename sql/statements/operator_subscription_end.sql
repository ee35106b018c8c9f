-- operator_subscription_end: a tenant's plan is over
-- role: operator
-- caller: end_subscription
-- params: user_id text
-- columns: verdict text
-- Runs as callward_writer with that tenant set. Nothing is included any more,
-- so that the plan's own cap decides what becomes of calls.
with old as (
	select * from public.subscriptions where user_id = {user_id}
	order by created_at desc, id desc limit 1
), changed as (
	update public.subscriptions s
	set status = 'canceled', included_seconds = 0
	from old
	where s.user_id = {user_id} and s.id = old.id
	    and (s.status, s.included_seconds)
	    is distinct from ('canceled', 0)
	returning s.id
)
select case when exists (select from changed) then 'ended'
    else 'had ended' end as verdict
from old;

-- operator_subscription_list: the plan of one tenant, or of all
-- role: operator
-- caller: subscription_list_run
-- params: user_id text?
-- columns: user_id text, plan text, status text, included_seconds integer,
--   cap_behaviour text, current_period_start text, current_period_end text
select distinct on (user_id) user_id, plan, status, included_seconds,
    cap_behaviour,
    to_char(current_period_start at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS"Z"') as current_period_start,
    to_char(current_period_end at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS"Z"') as current_period_end
from public.subscriptions
where {user_id} is null or user_id = {user_id}
order by user_id, created_at desc, id desc;

-- operator_audit_list: who read, or looked for, what is delicate, newest first
-- role: operator
-- caller: audit_list_run
-- params: user_id text?
-- columns: at text, user_id text, actor text, action text, subject text
select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at,
    user_id, actor, action, subject
from callward.audit_log
where {user_id} is null or user_id = {user_id}
order by audit_log.at desc, id
limit 1000;

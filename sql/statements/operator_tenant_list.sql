-- operator_tenant_list: every tenant, and what leads to it
-- role: operator
-- caller: tenant_list_run
-- params: none
-- columns: user_id text, logins text, numbers text, assistants text
select t.user_id,
    coalesce((select string_agg(l.login, ',' order by l.login)
        from callward.tenant_logins l where l.user_id = t.user_id),
        t.user_id) as logins,
    (select count(*) from public.phone_numbers n
        where n.user_id = t.user_id and n.status = 'active')::text as numbers,
    (select count(*) from public.assistants a
        where a.user_id = t.user_id and a.removed_at is null)::text
        as assistants
from (
	select user_id from public.phone_numbers
	union select user_id from public.assistants
	union select user_id from public.subscriptions
	union select user_id from callward.tenant_logins
) t
order by t.user_id;

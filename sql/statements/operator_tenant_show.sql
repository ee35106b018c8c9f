-- operator_tenant_show: a tenant: its name, what leads to it, who works there
-- role: operator
-- caller: show_tenant
-- params: none
-- columns: what text, id text, name text, since text
select s.what, s.id, s.name,
    to_char(s.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since
from (
	select 1 as nth, 'tenant' as what, callward.current_user_id() as id,
	    (select c.name from public.clinic_settings c
	    where c.user_id = (select callward.current_user_id())) as name,
	    null::timestamptz as at
	union all
	select 2, 'login', l.login, null, l.linked_at
	from callward.tenant_logins l
	where l.user_id = (select callward.current_user_id())
	union all
	select 3, 'person', p.person_id, coalesce(p.name, p.token_name),
	    p.created_at
	from public.clinic_people p
	where p.user_id = (select callward.current_user_id())
) s
order by s.nth, s.id;

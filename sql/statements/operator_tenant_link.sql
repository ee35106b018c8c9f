-- operator_tenant_link: let a login lead to a tenant; by_itself: does the
--   tenant's own id, too?
-- role: operator
-- caller: link_login
-- params: login text, user_id text
-- columns: verdict text, by_itself boolean
with linked as (
	insert into callward.tenant_logins (login, user_id)
	values ({login}, {user_id})
	on conflict do nothing
	returning 1
), noted as (
	insert into callward.audit_log (user_id, actor, action, subject)
	select {user_id}, session_user, 'link_login', {login} from linked
)
select case when exists (select from linked) then 'linked'
        else 'was linked already' end as verdict,
    {login} = {user_id} or exists (select from callward.tenant_logins l
        where l.login = {user_id}) as by_itself;

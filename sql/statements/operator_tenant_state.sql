-- operator_tenant_state: how a login and a tenant stand to each other: to which
--   tenant the login is linked, whether logins are linked to it, and whose login
--   the tenant is; tenant: whom the login leads to
-- role: operator
-- caller: link_login, show_tenant
-- params: login text, user_id text
-- columns: linked_to text, leads boolean, target_of text, tenant text
select (select l.user_id from callward.tenant_logins l
        where l.login = {login}) as linked_to,
    exists (select from callward.tenant_logins l
        where l.user_id = {login} and l.login <> {login}) as leads,
    (select l.user_id from callward.tenant_logins l
        where l.login = {user_id}) as target_of,
    coalesce((select l.user_id from callward.tenant_logins l
        where l.login = {login}), {login}) as tenant;

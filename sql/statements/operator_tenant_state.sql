-- operator_tenant_state: how a login and a tenant are linked: to which tenant
--   the login is linked (linked_to), whether other logins are linked to it
--   (leads), of which tenant user_id is a login (target_of), and the tenant
--   that the login leads to
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

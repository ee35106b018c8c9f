-- operator_act: for this transaction, be a role, and act for a tenant or none;
--   tenant: the one that the id is only a login of
-- role: operator
-- caller: cli_act
-- params: role text, user_id text?
-- columns: role text, claims text, tenant text
select set_config('role', {role}, true) as role,
    set_config('request.jwt.claims', case when {user_id} is null then ''
        else json_build_object('sub', {user_id})::text end, true) as claims,
    (select l.user_id from callward.tenant_logins l
        where l.login = {user_id} and l.user_id <> {user_id}) as tenant;

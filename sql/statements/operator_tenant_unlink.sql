-- operator_tenant_unlink: a login leads to its tenant no longer; last: nothing
--   else is linked there
-- role: operator
-- caller: unlink_login
-- params: login text
-- columns: user_id text, last boolean
with unlinked as (
	delete from callward.tenant_logins l
	where l.login = {login}
	returning l.user_id
), noted as (
	insert into callward.audit_log (user_id, actor, action, subject)
	select u.user_id, session_user, 'unlink_login', {login} from unlinked u
)
select u.user_id, not exists (select from callward.tenant_logins l
    where l.user_id = u.user_id and l.login <> {login}) as last
from unlinked u;

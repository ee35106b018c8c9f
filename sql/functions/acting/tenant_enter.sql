-- The one way into a clinic: the tenant of a login, an id out of a token. It is
-- the one that a row of tenant_logins names, else the login itself, unless it
-- is a tenant that others' rows lead to: that one is reached by rows alone.
-- Null: nobody, and nothing shows. The transaction's claims become what was
-- given, and the tenant as "sub".
--
-- execute: callward_tenant
create or replace function callward.tenant_enter(claims text) returns text
language plpgsql
as $$
declare
	asked constant text := claims::jsonb ->> 'callward_login';
	tenant text := (select l.user_id from callward.tenant_logins l
	    where l.login = asked);
begin
	if tenant is null and not exists (select from callward.tenant_logins l
	    where l.user_id = asked) then
		tenant := nullif(asked, '');
	end if;
	perform set_config('request.jwt.claims', case when tenant is null
	    then '' else (claims::jsonb
	        || jsonb_build_object('sub', tenant))::text end, true);
	return tenant;
end $$;

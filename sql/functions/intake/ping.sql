-- The version that this database stands at.
--
-- execute: callward_owner, callward_tenant
create or replace function callward.ping() returns integer
language plpgsql
as $$
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	return (select max(version) from callward.schema_migrations);
end $$;

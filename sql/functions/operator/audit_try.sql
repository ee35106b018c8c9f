-- A statement tried as a role with these claims (null: as they are), and
-- undone unless it is to stay: how many rows it touched, or why not.
create or replace function callward.audit_try(
	role name, claims text, statement text, stay boolean)
returns text
language plpgsql
as $$
declare
	rows bigint;
	before text := current_setting('role');
begin
	if claims is not null then
		perform set_config('request.jwt.claims', claims, true);
	end if;
	perform set_config('role', role, true);
	execute statement;
	get diagnostics rows = row_count;
	if not stay then
		raise exception using errcode = 'CW001', message = rows;
	end if;
	perform set_config('role', before, true);
	return rows;
exception
	when sqlstate 'CW001' then
		return sqlerrm;
	when insufficient_privilege then
		return case when sqlerrm like '%row-level security%'
		    then 'walled' else 'denied' end;
	when others then
		return 'error ' || sqlstate;
end $$;

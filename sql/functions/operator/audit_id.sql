-- The id of a tenant's row, for a key that points to it.
create or replace function callward.audit_id(tab regclass, tenant text)
returns text
language plpgsql
as $$
declare
	key constant text := callward.audit_key(tab);
	role name;
	found_id text;
begin
	foreach role in array array['callward_writer', 'callward_tenant'] loop
		begin
			perform set_config('request.jwt.claims',
			    json_build_object('sub', tenant)::text, true);
			perform set_config('role', role, true);
			execute format('select %s::text from %s'
			    ' where user_id = $1 limit 1', key, tab)
			into found_id using tenant;
			perform set_config('role', 'none', true);
			return found_id;
		exception when insufficient_privilege or undefined_column then
			continue;
		end;
	end loop;
	return null;
end $$;

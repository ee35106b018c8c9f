-- How many rows of prepared settings are valid now and do not agree with what
-- they are derived from: a trigger can be off, as while a database is restored.
-- mend: end those, and make the row of each number that has none.
--
-- set: row_security = on
-- execute: callward_owner
create or replace function callward.wrong_settings(mend boolean) returns bigint
language plpgsql
as $$
#variable_conflict use_column
declare
	before constant text := current_setting('request.jwt.claims', true);
	claims text;
	tenant text;
	wrong uuid[];
	many bigint := 0;
begin
	for tenant in select callward.tenants_with_numbers() loop
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', tenant)::text, true);
		wrong := callward.wrong_numbers(tenant);
		many := many + cardinality(wrong);
		if mend and wrong <> '{}' then
			perform pg_advisory_xact_lock(hashtextextended(
			    callward.settings_key(tenant), 0));
			update public.prepared_settings
			set valid_until = '-infinity'
			where user_id = tenant
			    and phone_number_id = any (wrong);
		end if;
		if mend then
			insert into public.prepared_settings
			    (user_id, phone_number_id)
			select user_id, id from public.phone_numbers
			where user_id = tenant
			on conflict do nothing;
		end if;
	end loop;
	claims := set_config('request.jwt.claims', coalesce(before, ''), true);
	return many;
end $$;

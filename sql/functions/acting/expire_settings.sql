-- Ends the prepared settings of the tenants whose rows were changed: a number's
-- next call makes them again. A number that is added gets its row here.
--
-- The lock is held to the end of the transaction (prepare_settings). It is
-- taken after the locks of the rows that were changed.
--
-- set: row_security = on
create or replace function callward.expire_settings() returns trigger
language plpgsql
as $$
#variable_conflict use_column
declare
	before constant text := current_setting('request.jwt.claims', true);
	claims text;
	tenant text;
begin
	for tenant in
		select user_id from changed group by user_id
		order by callward.settings_key(user_id), user_id
	loop
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', tenant)::text, true);
		perform pg_advisory_xact_lock(hashtextextended(
		    callward.settings_key(tenant), 0));
		update public.prepared_settings set valid_until = '-infinity'
		where user_id = tenant and valid_until > '-infinity';
		if tg_table_name = 'phone_numbers' and tg_op = 'INSERT' then
			insert into public.prepared_settings
			    (user_id, phone_number_id)
			select user_id, id from changed where user_id = tenant
			on conflict do nothing;
		end if;
	end loop;
	claims := set_config('request.jwt.claims', coalesce(before, ''), true);
	return null;
end $$;

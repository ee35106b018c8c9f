-- Lock all tables of the tenants, for a change of triggers or policies. Locking
-- them one by one deadlocks with calls, which lock them in any order. So this
-- waits for a tenth of a second, less than PostgreSQL takes to find a deadlock,
-- then releases all and tries again; calls wait no longer than that.
create or replace function callward.take_tables() returns void
language plpgsql
as $$
declare
	waits constant text := current_setting('lock_timeout');
begin
	perform set_config('lock_timeout', '100ms', true);
	for tries in 1..20 loop
		begin
			execute (select 'lock table ' || string_agg(t::text, ', ')
			    || ' in access exclusive mode'
			    from callward.tenant_tables() t);
			exit;
		exception when lock_not_available then
			if tries = 20 then
				raise;
			end if;
		end;
		perform pg_sleep(0.1);
	end loop;
	perform set_config('lock_timeout', waits, true);
end $$;

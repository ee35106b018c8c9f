-- As many rows as the trigger says. Doors count by themselves, and the
-- operator's command, which is the same role, may have more.
create or replace function callward.bound_rows() returns trigger
language plpgsql
as $$
declare
	most constant bigint := tg_argv[0];
	n bigint;
begin
	if current_user <> 'callward_writer' then
		execute format('select count(*) from %s where user_id = $1',
		    tg_relid::regclass) into n using callward.current_user_id();
		if n > most then
			raise exception '% rows are the most there can be', most
			    using errcode = 'check_violation';
		end if;
	end if;
	return null;
end $$;

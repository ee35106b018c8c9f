-- How many calls began in this time, tests left out.
create or replace function callward.calls_between(
	user_id text, since timestamptz, until timestamptz)
returns bigint
language plpgsql stable
as $$
#variable_conflict use_column
declare
	c record := callward.counted(user_id, since, until);
begin
	return c.calls + (select count(*) from public.calls
	        where user_id = calls_between.user_id
	            and created_at >= calls_between.since
	            and created_at < c.starts and not is_test)
	    + (select count(*) from public.calls
	        where user_id = calls_between.user_id
	            and created_at >= c.ends
	            and created_at < calls_between.until and not is_test);
end $$;

-- The seconds of calls that began in this time and count against a plan: no
-- tests, and none that the assistant did not take. Of counted days where there
-- are.
--
-- execute: callward_writer
create or replace function callward.used_seconds(
	user_id text, since timestamptz, until timestamptz)
returns bigint
language plpgsql stable
as $$
declare
	c record := callward.counted(user_id, since, until);
begin
	return c.used_seconds + callward.used_live(user_id, since, c.starts)
	    + callward.used_live(user_id, c.ends, until);
end $$;

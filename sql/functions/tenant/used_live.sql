-- The seconds of calls that began in this time and count against a plan: no
-- tests, and none that the assistant did not take.
--
-- execute: callward_writer
create or replace function callward.used_live(
	user_id text, since timestamptz, until timestamptz)
returns bigint
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (select coalesce(sum(duration_seconds), 0) from public.calls
	    where user_id = used_live.user_id
	        and created_at >= used_live.since
	        and created_at < used_live.until
	        and duration_seconds > 0 and not is_test
	        and (ended_reason is null
	            or ended_reason not like 'callward-%'));
end $$;

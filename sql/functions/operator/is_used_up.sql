-- Are the plan's seconds used up?
--
-- execute: callward_writer
create or replace function callward.is_used_up(
	user_id text, included_seconds integer, at timestamptz)
returns boolean
language plpgsql stable
as $$
#variable_conflict use_column
declare
	period record;
begin
	period := callward.current_period(user_id, at);
	return included_seconds <= callward.used_seconds(user_id,
	    period.period_start, period.period_end);
end $$;

-- Runs of the tenant that began since then: also those of tests that were
-- removed, since they were paid for.
--
-- execute: callward_writer
create or replace function callward.trial_runs(since timestamptz)
returns setof timestamptz
language plpgsql stable
as $$
begin
	return query select l.at from callward.audit_log l
	where l.user_id = (select callward.current_user_id())
	    and l.action = 'run_test' and l.at > trial_runs.since;
end $$;

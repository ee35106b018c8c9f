-- A process that died leaves its run behind: none takes so long. It is shown
-- as ended (callward.shown_tests), and is when the next one begins.
--
-- execute: callward_writer
create or replace function callward.trial_interrupted(
	status text, started_at timestamptz)
returns boolean
language plpgsql stable
as $$
begin
	return status = 'running' and started_at < now() - interval '3 minutes';
end $$;

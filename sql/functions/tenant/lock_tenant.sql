-- execute: callward_writer
create or replace function callward.lock_tenant() returns void
language sql
begin atomic
	select pg_advisory_xact_lock(hashtextextended(
	    'callward resources of ' || callward.current_user_id(), 0));
end;

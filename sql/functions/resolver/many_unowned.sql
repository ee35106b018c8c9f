-- Did so many messages of calls that nobody knows come today (of UTC)?
create or replace function callward.many_unowned(most integer) returns boolean
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return most <= (select count(*) from (
	    select from callward.webhook_events
	    where provider = 'vapi' and verdict = 'quarantined'
	        and reason in ('unknown_call', 'unsealed_metadata')
	        and received_at >= date_trunc('day', now(), 'UTC')
	    limit most) w);
end $$;

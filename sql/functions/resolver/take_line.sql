-- The line of the inbox that has this body, locked, and what became of it.
create or replace function callward.take_line(
	line uuid, body_sha256 bytea,
	out verdict text, out user_id text, out call_id uuid)
language plpgsql
as $$
#variable_conflict use_column
begin
	select e.verdict, e.user_id, e.call_id
	into take_line.verdict, take_line.user_id, take_line.call_id
	from callward.webhook_events e
	where e.id = line and e.provider = 'vapi'
	    and e.body_sha256 = take_line.body_sha256
	for update;
end $$;

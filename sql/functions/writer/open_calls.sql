-- How many calls of this number are under way; counts no further than most. A
-- call counts for a minute while nobody talks, else for as long as its assistant
-- may. kept false: calls whose end is in quarantine are left out, which costs a
-- look at the inbox for each.
create or replace function callward.open_calls(
	user_id text, phone_number_id uuid, most_seconds integer, most integer,
	kept boolean)
returns bigint
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (select count(*) from (
	    select from public.calls c
	    where user_id = open_calls.user_id
	        and phone_number_id = open_calls.phone_number_id
	        and status in ('initiated', 'ringing', 'in-progress',
	            'forwarding')
	        and created_at > now() - make_interval(secs => case
	            when status in ('in-progress', 'forwarding')
	            then greatest(most_seconds, 60) else 60 end)
	        and created_at > now()
	            - make_interval(secs => greatest(most_seconds, 60))
	        and (kept or not coalesce(callward.end_is_kept(coalesce(
	            vapi_call_id, (select s.vapi_call_id
	                from callward.sessions s
	                where s.user_id = c.user_id and s.call_id = c.id)),
	            id), false))
	    limit most) c);
end $$;

-- Those of the found calls that pass, newest first.
create or replace function callward.passing_calls(
	f callward.call_filter, found_ids uuid[])
returns uuid[]
language plpgsql stable
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
begin
	return array(
	    select c.id
	    from unnest(found_ids) found (id) cross join lateral (
	        select * from public.calls
	        where user_id = me and id = found.id offset 0) c
	    where callward.call_passes(c.status, c.missed, c.details,
	        c.follow_up_state, c.after_hours, c.phone_number_id, f)
	    order by c.created_at desc, c.id desc);
end $$;

create or replace function callward.follow_ups(
	since timestamptz, until timestamptz)
returns bigint
language plpgsql stable
as $$
begin
	return (select count(*) from public.calls
	    where user_id = (select callward.current_user_id())
	        and created_at >= since and created_at < until
	        and follow_up_state in ('open', 'in_progress')
	        and not is_test);
end $$;

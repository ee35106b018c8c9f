-- The indexes that have the order of the list and what a filter asks for.
create or replace function callward.walks_of(f callward.call_filter)
returns text[]
language plpgsql immutable parallel safe
as $$
begin
	return coalesce(nullif(array_remove(array[
	    case when f.status <> 'completed' then 'status' end,
	    case when f.outcome <> 'answered' then f.outcome end,
	    case when f.follow_up <> 'none' then 'follow_up' end,
	    case when f.phone_number_id is not null then 'number' end],
	    null), '{}'), '{all}');
end $$;

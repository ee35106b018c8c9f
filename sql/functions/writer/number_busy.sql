-- Are this number's calls at a limit (0 is none)? A call counts until it is
-- final, at most a minute while nobody talks, else at most as long as its
-- assistant may. Neither count goes on past its limit. The inbox is asked only
-- where a call would be turned away.
create or replace function callward.number_busy(
	user_id text, phone_number_id uuid, most_seconds integer,
	calls_at_once integer, calls_per_minute integer)
returns boolean
language plpgsql stable
as $$
#variable_conflict use_column
begin
	if calls_at_once > 0 and calls_at_once <= callward.open_calls(user_id,
	        phone_number_id, most_seconds, calls_at_once, true)
	    and calls_at_once <= callward.open_calls(user_id, phone_number_id,
	        most_seconds, calls_at_once, false) then
		return true;
	end if;
	return calls_per_minute > 0 and calls_per_minute <= (
	    select count(*) from (
	    select from public.calls
	    where user_id = number_busy.user_id
	        and created_at > now() - interval '1 minute'
	        and phone_number_id = number_busy.phone_number_id
	    limit calls_per_minute) c);
end $$;

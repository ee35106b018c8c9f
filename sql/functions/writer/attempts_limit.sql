-- Why this tenant may not begin one more attempt at this number now, as a code
-- of the API; null: it may. Counted by number, whatever its row is called: who gives a claim up and
-- makes it anew has no more. What others did to it is not told.
create or replace function callward.attempts_limit(
	me text, number uuid, phone_number text, step text)
returns text
language plpgsql
as $$
#variable_conflict use_column
declare
	why text;
begin
	why := case
	    when attempts_limit.step = 'code'
	        and 3 <= (select count(*) from callward.verifications
	        where user_id = me and phone_number = attempts_limit.phone_number
	            and step = 'code'
	            and started_at > now() - interval '1 day')
	        then 'codes_per_day'
	    when attempts_limit.step = 'loop'
	        and 5 <= (select count(*) from callward.verifications
	        where user_id = me and phone_number = attempts_limit.phone_number
	            and step = 'loop'
	            and started_at > now() - interval '1 day')
	        then 'loops_per_day'
	    when 10 <= (select count(*) from callward.verifications
	        where user_id = me
	            and started_at > now() - interval '1 hour')
	        then 'attempts_per_hour'
	    -- three tenants can use up theirs
	    when attempts_limit.step = 'code'
	        and 9 <= (select count(*) from callward.verifications
	        where phone_number = attempts_limit.phone_number
	            and step = 'code'
	            and started_at > now() - interval '1 day')
	        then 'no_more_codes'
	    -- who has just shown that it answers there may go on at once
	    when exists (select from callward.verifications
	        where phone_number = attempts_limit.phone_number
	            and started_at > now() - interval '60 seconds'
	            and not (attempts_limit.step = 'loop'
	                and user_id = me and phone_number_id = number
	                and state = 'proven'))
	        then 'number_busy' end;
	return why;
end $$;

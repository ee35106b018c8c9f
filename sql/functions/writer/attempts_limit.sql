-- Why this tenant may not begin one more attempt at this number now; null: it
-- may. Counted by number, whatever its row is called: who gives a claim up and
-- makes it anew has no more. What others did to it is not told.
create or replace function callward.attempts_limit(
	me text, number uuid, phone_number text, step text)
returns text
language plpgsql
as $$
#variable_conflict use_column
begin
	return case
	    when attempts_limit.step = 'code'
	        and 3 <= (select count(*) from callward.verifications
	        where user_id = me and phone_number = attempts_limit.phone_number
	            and step = 'code'
	            and started_at > now() - interval '1 day')
	        then 'three codes for this number today: try again tomorrow'
	    when attempts_limit.step = 'loop'
	        and 5 <= (select count(*) from callward.verifications
	        where user_id = me and phone_number = attempts_limit.phone_number
	            and step = 'loop'
	            and started_at > now() - interval '1 day')
	        then 'its forwarding was tried five times today: try again'
	        ' tomorrow'
	    when 10 <= (select count(*) from callward.verifications
	        where user_id = me
	            and started_at > now() - interval '1 hour')
	        then 'ten attempts within an hour: try again later'
	    -- three tenants can use up theirs
	    when attempts_limit.step = 'code'
	        and 9 <= (select count(*) from callward.verifications
	        where phone_number = attempts_limit.phone_number
	            and step = 'code'
	            and started_at > now() - interval '1 day')
	        then 'no more codes for this number today: try again tomorrow'
	    -- who has just shown that it answers there may go on at once
	    when exists (select from callward.verifications
	        where phone_number = attempts_limit.phone_number
	            and started_at > now() - interval '60 seconds'
	            and not (attempts_limit.step = 'loop'
	                and user_id = me and phone_number_id = number
	                and state = 'proven'))
	        then 'this number cannot be rung at this moment: wait a'
	        ' minute' end;
end $$;

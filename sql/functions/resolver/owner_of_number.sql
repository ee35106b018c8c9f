-- Whose call is it, by what a call carries. A number counts only under its
-- own rule; the first rule that finds one names the owner; conflict means
-- that the signals lead to two owners. A withheld caller is no number, also
-- where a row from before has what stands for one.
create or replace function callward.owner_of_number(
	sender text, forwarded_from text, diversion text, recipient text)
returns callward.number_owner
language plpgsql stable
as $$
#variable_conflict use_column
declare
	owner callward.number_owner;
	hit record;
begin
	for hit in
		select user_id, id, match_rule from public.phone_numbers
		where status = 'active'
		    and not callward.is_withheld(phone_number)
		    and phone_number = any (array[owner_of_number.sender,
		        owner_of_number.forwarded_from,
		        owner_of_number.diversion, owner_of_number.recipient])
		    and phone_number = case match_rule
		        when 'from' then owner_of_number.sender
		        when 'forwarded_from'
		            then owner_of_number.forwarded_from
		        when 'diversion' then owner_of_number.diversion
		        when 'to' then owner_of_number.recipient end
		order by array_position(array['from', 'forwarded_from',
		    'diversion', 'to'], match_rule)
	loop
		if owner.user_id is null then
			owner := (hit.user_id, hit.id, hit.match_rule, false);
		elsif owner.user_id <> hit.user_id then
			owner.conflict := true;
		end if;
	end loop;
	return owner;
end $$;

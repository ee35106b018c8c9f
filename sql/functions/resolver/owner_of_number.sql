-- Whose call is it, by what a call carries. A number counts only under its own
-- rule; the first rule that finds one names the owner; conflict means that the
-- signals lead to two owners. Each number in use has a route, except for what
-- stands for a withheld one, which is no number.
create or replace function callward.owner_of_number(
	sender text, forwarded_from text, diversion text, recipient text)
returns callward.number_owner
language plpgsql stable
as $$
#variable_conflict use_column
declare
	rules constant text[] := '{from,forwarded_from,diversion,to}';
	owner callward.number_owner;
	hit record;
	conflict boolean := false;
begin
	for hit in
		select user_id, phone_number_id, rule from callward.routes
		where active_until is null
		    and number = any (array[owner_of_number.sender,
		        owner_of_number.forwarded_from,
		        owner_of_number.diversion, owner_of_number.recipient])
		    and number = case rule
		        when 'from' then owner_of_number.sender
		        when 'forwarded_from'
		            then owner_of_number.forwarded_from
		        when 'diversion' then owner_of_number.diversion
		        when 'to' then owner_of_number.recipient end
	loop
		conflict := conflict or coalesce(
		    owner.user_id <> hit.user_id, false);
		if owner.user_id is null or array_position(rules, hit.rule)
		    < array_position(rules, owner.owner_rule) then
			owner := (hit.user_id, hit.phone_number_id, hit.rule,
			    false);
		end if;
	end loop;
	owner.conflict := conflict;
	return owner;
end $$;

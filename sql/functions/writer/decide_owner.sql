-- Whose call it is, and by what rule; without an owner the verdict says why.
-- A number that forwards to itself, or to what was called, tells nothing.
create or replace function callward.decide_owner(
	o callward.opening, sender text, recipient text, called text,
	forwarded_from text, diversion text)
returns callward.opening
language plpgsql
as $$
declare
	owner constant callward.number_owner := callward.owner_of_number(sender,
	    case when forwarded_from is distinct from recipient
	        and forwarded_from is distinct from called
	        then forwarded_from end, diversion, recipient);
begin
	if owner.conflict then
		o.verdict := 'conflict';
	elsif owner.user_id is null then
		o.verdict := case when callward.loop_expected(sender, recipient,
		    called, forwarded_from, diversion)
		    then 'loop' else 'unknown' end;
	else
		o.user_id := owner.user_id;
		o.phone_number_id := owner.phone_number_id;
		o.owner_rule := owner.owner_rule;
	end if;
	return o;
end $$;

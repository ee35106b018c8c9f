-- Check a route whose number has no prepared settings, or does not agree with
-- it. A number that has just been taken out of use makes the call unknown. If
-- route and number differ that is an error, CW002: the caller hears the
-- sentence, the operator sees it in the log, and nothing is stored. Else o,
-- unchanged. Within the tenant's claims.
create or replace function callward.refuse_route(
	o callward.opening, matched text)
returns callward.opening
language plpgsql
as $$
#variable_conflict use_column
declare
	n record;
begin
	select status, phone_number, match_rule into n
	from public.phone_numbers
	where user_id = o.user_id
	    and id = o.phone_number_id;
	if n.phone_number is distinct from matched
	    or n.match_rule is distinct from o.owner_rule then
		raise exception 'a route does not match its number'
		    using errcode = 'CW002',
		    hint = 'run callward migrate, which rebuilds routes';
	end if;
	if n.status <> 'active' then
		o.verdict := 'unknown';
		o.user_id := null;
		o.phone_number_id := null;
		o.owner_rule := null;
	end if;
	return o;
end $$;

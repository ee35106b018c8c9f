-- Has a call of this attempt's come back?
create or replace function callward.verification_came_back(
	v callward.verifications)
returns boolean
language plpgsql stable
as $$
#variable_conflict use_column
begin
	if v.step = 'code' then
		return exists (select from callward.verification_legs
		    where verification_id = v.id);
	end if;
	return exists (select from callward.verification_legs
	    where came_at between v.started_at
	            and v.started_at + interval '60 seconds'
	        and verification_id is null
	        and (sender = v.line
	            or v.phone_number in (sender, forwarded_from, diversion)));
end $$;

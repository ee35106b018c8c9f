-- A proof is complete: its number's claim becomes active, or waits for the
-- operator, and is found by the rule of the proof. One that lapsed is none any
-- more; one whose number became somebody else's in this very moment is
-- withheld, as if others had it before.
create or replace function callward.claim_proven(v callward.verifications)
returns callward.verifications
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
begin
	claims := set_config('request.jwt.claims',
	    json_build_object('sub', v.user_id)::text, true);
	begin
		update public.phone_numbers n
		set match_rule = v.match_rule,
		    status = case v.state when 'done' then 'active'
		        else status end,
		    verified_at = case v.state when 'done' then now()
		        else verified_at end
		where n.user_id = v.user_id
		    and n.id = v.phone_number_id
		    and status = 'pending';
		if not found then
			v.state := 'failed';
			v.reason := 'lapsed';
		end if;
	exception when unique_violation then
		v.withheld := true;
		v.state := 'ringing';
	end;
	claims := set_config('request.jwt.claims', '', true);
	return v;
end $$;

-- The tenant's numbers whose prepared settings are valid now and do not agree
-- with what they are derived from. Within the tenant's claims.
create or replace function callward.wrong_numbers(user_id text) returns uuid[]
language plpgsql
as $$
#variable_conflict use_column
declare
	moment constant timestamptz := clock_timestamp();
begin
	return array(
	    select p.phone_number_id
	    from public.prepared_settings p
	    cross join lateral callward.settings_at(
	        p.user_id, p.phone_number_id, moment) s
	    where p.user_id = wrong_numbers.user_id
	        and p.valid_from <= moment and p.valid_until > moment
	        and (p.valid_until > s.valid_until
	            or to_jsonb(p) - '{id,valid_from,valid_until}'::text[]
	            is distinct from
	            to_jsonb(s) - '{id,valid_from,valid_until}'::text[]));
end $$;

-- The clinic's time zone. One that the system has forgotten since is UTC: a
-- call must not fail for it.
--
-- execute: callward_writer
create or replace function callward.clinic_zone(user_id text) returns text
language plpgsql stable
as $$
#variable_conflict use_column
declare
	zone text;
begin
	select timezone into zone from public.clinic_settings
	where user_id = clinic_zone.user_id;
	if zone is null then
		return 'UTC';
	end if;
	perform now() at time zone zone;
	return zone;
exception
	when invalid_parameter_value then
		return 'UTC';
end $$;

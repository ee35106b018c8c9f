-- A time zone is UTC or one of the form Area/Place that the database knows: not
-- an abbreviation, a rule (EST5EDT) or a file's (posixrules). The form leaves no
-- room for a rule, which needs digits; pg_timezone_names is not asked, because
-- that list takes a tenth of a second to make.
--
-- execute: authenticated, callward_writer
create or replace function callward.timezone_is_known(name text) returns boolean
language plpgsql stable
as $$
begin
	if coalesce(timezone_is_known.name !~ ('^(UTC|Etc/GMT([+-]1?[0-9])?'
	    '|[A-Z][A-Za-z_]*(/[A-Z][A-Za-z_-]*){1,2})$'), true) then
		return false;
	end if;
	perform now() at time zone timezone_is_known.name;
	return true;
exception
	when invalid_parameter_value then
		return false;
end $$;

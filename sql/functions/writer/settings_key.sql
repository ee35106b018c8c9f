-- The name of the lock under which prepared settings are written: few for all
-- tenants, so that a statement about all of them does not take more locks than
-- there are.
create or replace function callward.settings_key(user_id text) returns text
language sql immutable
begin atomic
	select 'callward settings ' || (hashtextextended(user_id, 0) & 255);
end;

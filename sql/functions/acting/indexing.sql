-- How many of the tenant's calls wait for their words, up to ten thousand.
--
-- execute: callward_tenant
create or replace function callward.indexing() returns bigint
language plpgsql stable
as $$
begin
	return (select count(*) from (
	    select from callward.to_index
	    where user_id = callward.current_user_id()
	    limit 10000) w);
end $$;

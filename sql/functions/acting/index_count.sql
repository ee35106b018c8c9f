-- How many calls wait for their words, up to a hundred thousand, and how long
-- the first of them has waited.
--
-- execute: callward_tenant
create or replace function callward.index_count(
	out waiting bigint, out age_ms bigint)
language plpgsql stable
as $$
begin
	select count(*), coalesce(callward.age_ms(min(at)), 0)
	into waiting, age_ms
	from (select at from callward.to_index limit 100000) l;
end $$;

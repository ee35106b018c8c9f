-- tenant_index_count: how many calls wait for their words, up to 100,000, and how
--   long the first has
-- role: tenant
-- unproven: two figures of all tenants together
-- caller: indexer
-- params: none
-- columns: waiting bigint, age_ms bigint
select waiting, age_ms from callward.index_count();

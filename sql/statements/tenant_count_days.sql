-- tenant_count_days: count some of these days; the first that is left, or null
-- role: tenant
-- caller: count_days
-- params: since date, until date
-- columns: left_since date
select left_since
from callward.tenant_count_days({*}) as left_since;

-- tenant_analytics: the tenant's figures over some days
-- role: tenant
-- caller: api_analytics
-- params: since timestamptz?, until timestamptz?, tz text?, first_day date?,
--   last_day date?, days integer
-- columns: outcome text, answer json, count_since date, count_until date
select outcome, answer, count_since, count_until
from callward.analytics({*});

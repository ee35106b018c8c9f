-- ping: the version that the database stands at
-- role: intake
-- caller: tenancy_ping
-- params: none
-- columns: schema_version integer
select schema_version
from callward.ping() as schema_version;

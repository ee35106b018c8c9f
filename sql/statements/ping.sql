-- ping: the version that the database stands at
-- role: intake
-- caller: db_check
-- params:
-- columns: schema_version integer
select schema_version
from callward.ping() as schema_version;

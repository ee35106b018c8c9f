-- tenant_hours_list: the tenant's working hours, and whether it is open now
-- role: tenant
-- caller: api_resource_list
-- params: none
-- columns: answer json
select callward.hours_list() as answer;

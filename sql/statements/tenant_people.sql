-- tenant_people: who works for the tenant
-- role: tenant
-- caller: api_people
-- params: none
-- columns: answer json
select callward.people_json() as answer;

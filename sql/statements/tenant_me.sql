-- tenant_me: who the tenant is, and what there is of theirs
-- role: tenant
-- caller: api_me
-- params: none
-- columns: answer json
select callward.me_json() as answer;

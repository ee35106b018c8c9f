-- verification_begin: an attempt to prove a number, before anybody is rung
-- role: tenant
-- caller: api_verification
-- params: number uuid, step text
-- columns: outcome text, answer json, id uuid, rung boolean, language text
select outcome, answer::json, id, rung, language
from callward.tenant_verification_begin({*});

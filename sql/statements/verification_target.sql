-- verification_target: which number would be rung, and from which line
-- role: tenant
-- caller: api_verification
-- params: number uuid
-- columns: outcome text, answer json, phone_number text, line text
select outcome, answer::json, phone_number, line
from callward.tenant_verification_target({number});

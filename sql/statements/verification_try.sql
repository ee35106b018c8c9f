-- verification_try: take one of the tries at a code that was spoken
-- role: tenant
-- caller: api_verification
-- params: number uuid
-- columns: outcome text, answer json, id uuid
select outcome, answer::json, id
from callward.tenant_verification_try({number});

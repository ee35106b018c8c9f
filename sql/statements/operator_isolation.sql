-- operator_isolation: the audit of two tenants, cell by cell
-- role: operator
-- caller: isolation_run
-- params: a text, b text
-- columns: role text, tab text, command text, kind text, outcome text,
--   verdict text, claims text, me text, copy_out text, copy_in text
-- Its transaction must be rolled back.
select role::text, tab::text, command, kind, outcome, verdict, claims, me, copy_out,
    copy_in
from callward.isolation({*});

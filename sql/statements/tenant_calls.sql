-- tenant_calls: one page of the tenant's calls, newest first
-- role: tenant
-- caller: api_calls
-- params: most integer, after_at timestamptz?, after_id uuid?, filters jsonb,
--   actor text?, action text, subject text?
-- columns: answer json
select answer
from callward.calls_page(most => {most}, after_at => {after_at},
    after_id => {after_id}, f => callward.asked_filter({filters})) as answer
where case when {actor} is null then true
    else callward.tenant_audit(action => {action}, subject => {subject},
	actor => {actor}) end;

-- tenant_calls: one page of the tenant's calls, newest first
-- role: tenant
-- caller: api_calls
-- params: most integer, after_at timestamptz?, after_id uuid?, status text?,
--   number text?, since timestamptz?, until timestamptz?, words text?,
--   follow_up text?, outcome text?, tag text?, intent text?,
--   phone_number_id uuid?, first_day date?, last_day date?, actor text?,
--   action text, subject text?
-- columns: answer json
select answer
from callward.calls_page(most => {most}, after_at => {after_at},
    after_id => {after_id}, status => {status}, number => {number},
    since => coalesce({since}, callward.tenant_day_start({first_day})),
    until => coalesce({until}, callward.tenant_day_start({last_day} + 1)),
    words => {words}, follow_up => {follow_up}, outcome => {outcome},
    tag => {tag}, intent => {intent},
    phone_number_id => {phone_number_id}) as answer
where case when {actor} is null then true
    else callward.tenant_audit(action => {action}, subject => {subject},
	actor => {actor}) end;

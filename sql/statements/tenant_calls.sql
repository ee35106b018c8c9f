-- tenant_calls: one page of the tenant's calls, newest first
-- role: tenant
-- caller: api_calls
-- params: limit integer, after_at timestamptz, after_id uuid, status text,
--   number text, since timestamptz, until timestamptz, words text,
--   follow_up text, outcome text, tag text, intent text,
--   phone_number_id uuid, first_day date, last_day date,
--   actor text (null: nobody acts as the tenant), action text, subject text
-- columns: page json
select page
from callward.calls_page($1::integer, $2::timestamptz, $3::uuid, $4::text,
    $5::text,
    coalesce($6::timestamptz, callward.tenant_day_start($14::date)),
    coalesce($7::timestamptz, callward.tenant_day_start($15::date + 1)),
    $8::text, $9::text, $10::text, $11::text, $12::text, $13::uuid) as page
where case when $16::text is null then true
    else callward.tenant_audit($17::text, $18::text, $16::text) end;

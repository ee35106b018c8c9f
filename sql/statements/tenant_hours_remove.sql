-- tenant_hours_remove: one row of working hours of the tenant's
-- role: tenant
-- caller: api_resource_remove
-- params: id uuid
-- columns: outcome text, answer json
with gone as (
	delete from public.working_hours
	where user_id = (select callward.current_user_id()) and id = $1::uuid
	returning id
)
select case when exists (select from gone) then 'ok' else 'absent' end,
    null::json;

-- operator_number_add: a tenant's number, active at once, or its change
-- role: operator
-- caller: add_number
-- params: user_id text, phone_number text, assistant_id uuid,
--   vapi_assistant_id text, match_rule text, fallback_number text,
--   label text, assistant_phone_number text
-- columns: verdict text, id uuid
-- Runs as callward_writer with that tenant set. What is not given stays as it
-- is; an assistant must be the tenant's own, and a line one of ours.
with given as (
	select $1::text as user_id, $2::text as phone_number,
	    $3::uuid as assistant_id
	where ($3::uuid is null or exists (select from public.assistants
	        where user_id = $1::text and id = $3::uuid
	            and removed_at is null))
	    and ($8::text is null or exists (
	        select from callward.assistant_numbers
	        where phone_number = $8::text))
), old as (
	select n.* from public.phone_numbers n join given using (user_id,
	    phone_number)
	order by n.status = 'active' desc, n.created_at, n.id limit 1
), wanted as (
	select old.id, coalesce($3::uuid, assistant_id) as assistant_id,
	    coalesce($4::text, vapi_assistant_id) as vapi_assistant_id,
	    coalesce($5::text, match_rule) as match_rule,
	    coalesce($6::text, fallback_number) as fallback_number,
	    coalesce($7::text, label) as label,
	    coalesce($8::text, assistant_phone_number)
	        as assistant_phone_number
	from old
), changed as (
	update public.phone_numbers n
	set assistant_id = w.assistant_id,
	    vapi_assistant_id = w.vapi_assistant_id,
	    match_rule = w.match_rule, fallback_number = w.fallback_number,
	    label = w.label,
	    assistant_phone_number = w.assistant_phone_number,
	    status = 'active',
	    verified_at = coalesce(n.verified_at, now())
	from wanted w
	where n.user_id = $1::text and n.id = w.id
	    and (n.status, n.assistant_id, n.vapi_assistant_id, n.match_rule,
	        n.fallback_number, n.label, n.assistant_phone_number)
	    is distinct from ('active', w.assistant_id,
	        w.vapi_assistant_id, w.match_rule, w.fallback_number, w.label,
	        w.assistant_phone_number)
	returning n.id
), added as (
	insert into public.phone_numbers (user_id, phone_number, assistant_id,
	    vapi_assistant_id, match_rule, fallback_number, label,
	    assistant_phone_number, status, verified_at)
	select user_id, phone_number, assistant_id, $4::text,
	    coalesce($5::text, 'from'), $6::text, $7::text, $8::text,
	    'active', now()
	from given where not exists (select from old)
	returning id
)
select 'added' as verdict, id from added
union all
select case when not exists (select from changed) then 'already there'
    when old.status = 'active' then 'changed' else 'activated' end, id
from old
union all
select 'no such assistant or line', null
where not exists (select from given);

-- operator_number_add: a tenant's number, active at once, or its change
-- role: operator
-- caller: add_number
-- params: user_id text, phone_number text, assistant_id uuid?,
--   vapi_assistant_id text?, match_rule text?, fallback_number text?,
--   label text?, assistant_phone_number text?
-- columns: verdict text, id uuid
-- Runs as callward_writer with that tenant set. What is not given stays as it
-- is; an assistant must be the tenant's own, and a line one of ours.
with given as (
	select {user_id} as user_id, {phone_number} as phone_number,
	    {assistant_id} as assistant_id
	where ({assistant_id} is null or exists (select from public.assistants
	        where user_id = {user_id} and id = {assistant_id}
	            and removed_at is null))
	    and ({assistant_phone_number} is null or exists (
	        select from callward.assistant_numbers
	        where phone_number = {assistant_phone_number}))
), old as (
	select n.* from public.phone_numbers n join given using (user_id,
	    phone_number)
	order by n.status = 'active' desc, n.created_at, n.id limit 1
), wanted as (
	select old.id, coalesce({assistant_id}, assistant_id) as assistant_id,
	    coalesce({vapi_assistant_id}, vapi_assistant_id) as vapi_assistant_id,
	    coalesce({match_rule}, match_rule) as match_rule,
	    coalesce({fallback_number}, fallback_number) as fallback_number,
	    coalesce({label}, label) as label,
	    coalesce({assistant_phone_number}, assistant_phone_number)
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
	where n.user_id = {user_id} and n.id = w.id
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
	select user_id, phone_number, assistant_id, {vapi_assistant_id},
	    coalesce({match_rule}, 'from'), {fallback_number}, {label},
	    {assistant_phone_number},
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

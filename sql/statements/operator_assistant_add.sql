-- operator_assistant_add: a tenant's assistant by its name, or its change
-- role: operator
-- caller: assistant_add_run
-- params: user_id text, name text, vapi_assistant_id text
-- columns: verdict text, id uuid
-- Runs as callward_writer with that tenant set.
with old as (
	select id, vapi_assistant_id from public.assistants
	where user_id = $1::text and name = $2::text and removed_at is null
	order by created_at, id limit 1
), changed as (
	update public.assistants a set vapi_assistant_id = $3::text
	from old
	where a.user_id = $1::text and a.id = old.id
	    and a.vapi_assistant_id is distinct from $3::text
	returning a.id
), added as (
	insert into public.assistants (user_id, name, vapi_assistant_id)
	select $1::text, $2::text, $3::text
	where not exists (select from old)
	returning id
)
select 'added' as verdict, id from added
union all
select case when exists (select from changed) then 'changed'
    else 'already there' end, id from old;

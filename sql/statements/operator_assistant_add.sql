-- operator_assistant_add: a tenant's assistant by its name, or its change
-- role: operator
-- caller: assistant_add_run
-- params: user_id text, name text, vapi_assistant_id text
-- columns: verdict text, id uuid
-- Runs as callward_writer with that tenant set.
with old as (
	select id, vapi_assistant_id from public.assistants
	where user_id = {user_id} and name = {name} and removed_at is null
	order by created_at, id limit 1
), changed as (
	update public.assistants a set vapi_assistant_id = {vapi_assistant_id}
	from old
	where a.user_id = {user_id} and a.id = old.id
	    and a.vapi_assistant_id is distinct from {vapi_assistant_id}
	returning a.id
), added as (
	insert into public.assistants (user_id, name, vapi_assistant_id)
	select {user_id}, {name}, {vapi_assistant_id}
	where not exists (select from old)
	returning id
)
select 'added' as verdict, id from added
union all
select case when exists (select from changed) then 'changed'
    else 'already there' end, id from old;

create or replace function callward.shown_assistants(one uuid)
returns table (id uuid, created_at timestamptz, shown json)
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return query
	select a.id, a.created_at, json_build_object('id', a.id,
	    'name', a.name, 'greeting', a.greeting, 'language', a.language,
	    'max_duration_seconds', a.max_duration_seconds,
	    'has_vapi_assistant', a.vapi_assistant_id is not null,
	    'phone_numbers', (select count(*) from public.phone_numbers n
	        where n.user_id = a.user_id and n.assistant_id = a.id
	            and n.status <> 'released'),
	    'created_at', a.created_at, 'updated_at', a.updated_at)
	from public.assistants a
	where a.user_id = (select callward.current_user_id())
	    and a.removed_at is null
	    and (one is null or a.id = one);
end $$;

create or replace function callward.shown_intents(one uuid)
returns table (id uuid, created_at timestamptz, shown json)
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return query
	select i.id, i.created_at, json_build_object('id', i.id,
	    'slug', i.slug, 'name', i.name, 'description', i.description,
	    'assistant_id', i.assistant_id,
	    'example_phrases', i.example_phrases,
	    'marks_follow_up', i.marks_follow_up, 'is_enabled', i.is_enabled,
	    'created_at', i.created_at, 'updated_at', i.updated_at)
	from public.intents i
	where i.user_id = (select callward.current_user_id())
	    and (one is null or i.id = one);
end $$;

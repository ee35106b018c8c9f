create or replace function callward.save_intent(id uuid, body jsonb)
returns callward.written
language plpgsql
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	saved uuid := save_intent.id;
	phrases constant text[] := array(select jsonb_array_elements_text(
	    coalesce(body -> 'example_phrases', '[]')));
	bad jsonb;
begin
	perform callward.lock_tenant();
	bad := callward.assistant_complaints(body);
	if saved is null then
		if 200 <= (select count(*) from public.intents
		    where user_id = me) then
			return callward.at_most(200, 'too_many_intents');
		end if;
	elsif not exists (select from public.intents
	    where user_id = me and id = saved) then
		return callward.answered('absent');
	end if;
	if exists (select from public.intents where user_id = me
	    and slug = body ->> 'slug' and id is distinct from saved) then
		bad := bad || callward.complaint('slug', 'slug_taken');
	end if;
	if bad <> '[]' then
		return callward.answered('refused', bad::json);
	end if;

	if saved is null then
		insert into public.intents (slug, name, description,
		    assistant_id, example_phrases, marks_follow_up, is_enabled)
		values (coalesce(body ->> 'slug',
		        callward.free_slug(body ->> 'name')),
		    body ->> 'name', body ->> 'description',
		    (body ->> 'assistant_id')::uuid, phrases,
		    coalesce((body ->> 'marks_follow_up')::boolean, false),
		    coalesce((body ->> 'is_enabled')::boolean, true))
		returning id into saved;
	else
		update public.intents
		set slug = coalesce(body ->> 'slug', slug),
		    name = coalesce(body ->> 'name', name),
		    description = case when body ? 'description'
		        then body ->> 'description' else description end,
		    assistant_id = case when body ? 'assistant_id'
		        then (body ->> 'assistant_id')::uuid
		        else assistant_id end,
		    example_phrases = case when body ? 'example_phrases'
		        then phrases else example_phrases end,
		    marks_follow_up = coalesce(
		        (body ->> 'marks_follow_up')::boolean, marks_follow_up),
		    is_enabled = coalesce((body ->> 'is_enabled')::boolean,
		        is_enabled)
		where user_id = me and id = saved;
	end if;
	return callward.answered('ok',
	    (select shown from callward.shown_intents(saved)));
end $$;

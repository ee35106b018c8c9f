create or replace function callward.save_assistant(id uuid, body jsonb)
returns callward.written
language plpgsql
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	saved uuid := save_assistant.id;
begin
	perform callward.lock_tenant();
	if saved is null then
		if 200 <= (select count(*) from public.assistants
		    where user_id = me and removed_at is null)
		    or 1000 <= (select count(*) from public.assistants
		    where user_id = me) then
			return callward.at_most(200, 'too_many_assistants');
		end if;
	elsif not exists (select from public.assistants
	    where user_id = me and id = saved and removed_at is null) then
		return callward.answered('absent');
	end if;
	if exists (select from public.assistants
	    where user_id = me and id is distinct from saved
	        and removed_at is null
	        and lower(name) = lower(body ->> 'name')) then
		return callward.answered('refused', json_build_array(
		    callward.complaint('name', 'name_taken')));
	end if;

	if saved is null then
		insert into public.assistants (name, greeting, language,
		    max_duration_seconds)
		values (body ->> 'name', body ->> 'greeting',
		    body ->> 'language',
		    coalesce((body ->> 'max_duration_seconds')::integer, 600))
		returning id into saved;
	else
		update public.assistants
		set name = coalesce(body ->> 'name', name),
		    greeting = case when body ? 'greeting'
		        then body ->> 'greeting' else greeting end,
		    language = case when body ? 'language'
		        then body ->> 'language' else language end,
		    max_duration_seconds = coalesce(
		        (body ->> 'max_duration_seconds')::integer,
		        max_duration_seconds)
		where user_id = me and id = saved;
	end if;
	return callward.answered('ok',
	    (select shown from callward.shown_assistants(saved)));
end $$;

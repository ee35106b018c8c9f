-- A new claim is pending, whoever else has the number.
create or replace function callward.save_number(id uuid, body jsonb)
returns callward.written
language plpgsql
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	saved uuid := save_number.id;
	claimed text := body ->> 'phone_number';
	fallback constant text := body ->> 'fallback_number';
	bad jsonb;
begin
	perform callward.lock_tenant();
	bad := callward.assistant_complaints(body);
	if saved is not null then
		select phone_number into claimed from public.phone_numbers
		where user_id = me and id = saved and status <> 'released';
		if not found then
			return callward.answered('absent');
		end if;
	-- Those that were given up stay for their calls.
	elsif 200 <= (select count(*) from public.phone_numbers
	    where user_id = me and status <> 'released')
	    or 1000 <= (select count(*) from public.phone_numbers
	    where user_id = me) then
		return callward.at_most(200, 'too_many_numbers');
	elsif claimed in (select callward.tenant_lines()) then
		bad := bad || callward.complaint('phone_number',
		    'assistants_answer');
	elsif exists (select from public.phone_numbers where user_id = me
	    and phone_number = claimed and status <> 'released') then
		bad := bad || callward.complaint('phone_number',
		    'number_taken');
	end if;
	if fallback = claimed then
		bad := bad || callward.complaint('fallback_number',
		    'fallback_is_itself');
	elsif fallback in (select callward.tenant_lines()) then
		bad := bad || callward.complaint('fallback_number',
		    'assistants_answer_fallback');
	end if;
	if bad <> '[]' then
		return callward.answered('refused', bad::json);
	end if;

	if saved is null then
		insert into public.phone_numbers (phone_number, label,
		    assistant_id, fallback_number)
		values (claimed, body ->> 'label',
		    (body ->> 'assistant_id')::uuid, fallback)
		returning id into saved;
	else
		update public.phone_numbers
		set label = case when body ? 'label'
		        then body ->> 'label' else label end,
		    assistant_id = case when body ? 'assistant_id'
		        then (body ->> 'assistant_id')::uuid
		        else assistant_id end,
		    fallback_number = case when body ? 'fallback_number'
		        then fallback else fallback_number end
		where user_id = me and id = saved;
	end if;
	return callward.answered('ok',
	    (select shown from callward.shown_numbers(saved)));
end $$;

create or replace function callward.change_me(
	body jsonb, out outcome text, out answer json)
language plpgsql
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
begin
	if body ? 'timezone'
	    and not callward.timezone_is_known(body ->> 'timezone') then
		outcome := 'refused';
		answer := json_build_array(callward.complaint('timezone',
		    'not_a_time_zone'));
		return;
	end if;
	insert into public.clinic_settings (user_id) values (me)
	on conflict do nothing;
	update public.clinic_settings set
	    name = case when body ? 'name' then body ->> 'name'
	        else name end,
	    timezone = coalesce(body ->> 'timezone', timezone),
	    language = coalesce(body ->> 'language', language),
	    country = case when body ? 'country' then body ->> 'country'
	        else country end,
	    open_action = coalesce(body ->> 'open_action', open_action),
	    closed_action = coalesce(body ->> 'closed_action', closed_action),
	    after_hours_message = case when body ? 'after_hours_message'
	        then body ->> 'after_hours_message'
	        else after_hours_message end
	where user_id = me;
	outcome := 'ok';
	answer := callward.me_json();
end $$;

-- Who the tenant is, and what there is of theirs. Without a row of settings
-- they are what a new row's would be.
create or replace function callward.me_json() returns json
language plpgsql stable
as $$
declare
	me constant text := callward.current_user_id();
	claims constant jsonb := nullif(current_setting('request.jwt.claims',
	    true), '')::jsonb;
begin
	return (select json_build_object('user_id', me, 'name', s.name,
	    'role', case claims ->> 'callward_role' when 'owner'
	        then 'owner' else 'desk' end,
	    'person_id', claims ->> 'callward_actor',
	    'person_name', coalesce(p.name, claims ->> 'callward_name',
	        p.token_name),
	    'timezone', coalesce(s.timezone, 'UTC'),
	    'language', coalesce(s.language, 'en'),
	    'country', callward.clinic_country(me),
	    'open_action', coalesce(s.open_action, 'assistant'),
	    'closed_action', coalesce(s.closed_action, 'assistant'),
	    'after_hours_message', s.after_hours_message,
	    'assistants', (select count(*) from public.assistants
	        where user_id = me and removed_at is null),
	    'phone_numbers', (select count(*) from public.phone_numbers
	        where user_id = me and status <> 'released'))
	from (values (0)) one
	left join public.clinic_settings s on s.user_id = me
	left join public.clinic_people p on p.user_id = me
	    and p.person_id = claims ->> 'callward_actor');
end $$;

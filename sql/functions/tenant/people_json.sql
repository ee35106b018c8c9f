-- The people of the clinic, and whoever asks, by name.
create or replace function callward.people_json() returns json
language plpgsql stable
as $$
declare
	claims constant jsonb := nullif(current_setting('request.jwt.claims',
	    true), '')::jsonb;
	me constant text := claims ->> 'callward_actor';
begin
	return (select json_build_object('data', coalesce(json_agg(
	    json_build_object('id', p.id, 'name', p.name, 'is_me', p.id = me)
	    order by p.name, p.id), '[]'))
	from (select c.person_id as id, coalesce(c.name, c.token_name) as name
	    from public.clinic_people c
	    where c.user_id = (select callward.current_user_id())
	    union all
	    select me, claims ->> 'callward_name'
	    where me is not null and not exists (
	        select from public.clinic_people c
	        where c.user_id = (select callward.current_user_id())
	            and c.person_id = me)) p);
end $$;

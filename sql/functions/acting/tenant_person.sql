-- Who asks, as one of the clinic's people: the name that the token has is kept.
-- chosen: they take this name, and null is the token's again. Returned is the
-- name that they go by.
--
-- execute: callward_tenant
create or replace function callward.tenant_person(
	chosen boolean, name text) returns text
language plpgsql
as $$
#variable_conflict use_column
declare
	claims constant jsonb := nullif(current_setting('request.jwt.claims',
	    true), '')::jsonb;
begin
	if claims ->> 'callward_actor' is null then
		return null;
	end if;
	insert into public.clinic_people as p (user_id, person_id, name,
	    token_name)
	values (callward.current_user_id(), claims ->> 'callward_actor',
	    case when chosen then tenant_person.name end,
	    claims ->> 'callward_name')
	on conflict on constraint clinic_people_one do update
	set name = case when chosen then excluded.name else p.name end,
	    token_name = coalesce(excluded.token_name, p.token_name),
	    updated_at = now()
	where chosen or excluded.token_name is distinct from p.token_name;
	return (select coalesce(p.name, p.token_name)
	from public.clinic_people p
	where p.user_id = callward.current_user_id()
	    and p.person_id = claims ->> 'callward_actor');
end $$;

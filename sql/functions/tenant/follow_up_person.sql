-- The name of somebody of the clinic, or the id where there is none; null:
-- nobody has this id.
create or replace function callward.follow_up_person(person text) returns text
language plpgsql stable
as $$
begin
	return (select coalesce(p.name, p.token_name, p.person_id)
	from public.clinic_people p
	where p.user_id = (select callward.current_user_id())
	    and p.person_id = follow_up_person.person);
end $$;

-- A report that names an intent which marks follow-up opens it.
create or replace function callward.follow_intent() returns trigger
language plpgsql
as $$
begin
	if new.follow_up_state = 'none' and exists (select from public.intents
	    where user_id = new.user_id
	        and slug = new.intent
	        and marks_follow_up and is_enabled) then
		new.follow_up_state := 'open';
		new.follow_up_at := now();
	end if;
	return new;
end $$;

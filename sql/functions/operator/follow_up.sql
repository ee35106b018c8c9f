-- Follow-up, tags and notes are the clinic's. Their bounds stand here, so
-- that the other writers of a call do not pay for them.
create or replace function callward.follow_up() returns trigger
language plpgsql
as $$
begin
	if new.follow_up_state is distinct from old.follow_up_state then
		new.follow_up_at := now();
	end if;
	if length(new.follow_up_note) > 1000 or length(new.follow_up_by) > 80
	    or length(new.follow_up_by_id) > 64
	    or length(new.notes) > 4000 or cardinality(new.tags) > 20
	    or exists (select from unnest(new.tags) t
	        where t is null or length(t) not between 1 and 40) then
		raise exception 'follow-up, tags or notes are too long'
		    using errcode = '22001';
	end if;
	new.updated_at := now();
	return new;
end $$;

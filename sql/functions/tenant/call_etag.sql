-- The tag of one call, as it stands.
create or replace function callward.call_etag(call_id uuid) returns text
language plpgsql stable
as $$
begin
	return (select callward.call_tag(c.follow_up_state,
	    c.follow_up_note, c.follow_up_by, c.follow_up_by_id, c.tags,
	    c.notes)
	from public.calls c
	where c.user_id = (select callward.current_user_id())
	    and c.id = call_etag.call_id);
end $$;

-- Set exactly what the body names; if_match: only where the call's tag is one
-- of these. The row is held from the comparison on, so that of two who read
-- the same one comes too late. A follow-up belongs to a person of the clinic,
-- whose name stands beside the id; a name without an id is somebody's word.
create or replace function callward.change_call(
	call_id uuid, body jsonb, if_match jsonb,
	out outcome text, out answer json, out etag text)
language plpgsql
as $$
#variable_conflict use_column
declare
	who text;
begin
	perform from public.calls
	where user_id = (select callward.current_user_id())
	    and id = change_call.call_id
	for update;
	if not found then
		outcome := 'absent';
		return;
	end if;
	if not coalesce(if_match ? callward.call_etag(call_id), true) then
		outcome := 'changed';
		answer := json_build_object('code', 'changed_meanwhile');
		return;
	end if;
	perform callward.tenant_person(chosen => false, name => null);
	if body ? 'follow_up_by_id' then
		who := callward.follow_up_person(body ->> 'follow_up_by_id');
		if who is null and body ->> 'follow_up_by_id' is not null then
			outcome := 'refused';
			answer := json_build_array(callward.complaint(
			    'follow_up_by_id', 'unknown_person'));
			return;
		end if;
		body := body || jsonb_build_object('follow_up_by', who);
	end if;
	update public.calls set
	    follow_up_state = case when body ? 'follow_up_state'
	        then body ->> 'follow_up_state' else follow_up_state end,
	    follow_up_note = case when body ? 'follow_up_note'
	        then body ->> 'follow_up_note' else follow_up_note end,
	    follow_up_by = case when body ? 'follow_up_by'
	        then body ->> 'follow_up_by' else follow_up_by end,
	    follow_up_by_id = case when body ? 'follow_up_by_id'
	        then body ->> 'follow_up_by_id'
	        when not body ? 'follow_up_by'
	        or body ->> 'follow_up_by' = follow_up_by
	        then follow_up_by_id end,
	    notes = case when body ? 'notes'
	        then body ->> 'notes' else notes end
	where user_id = (select callward.current_user_id())
	    and id = change_call.call_id;
	-- apart, because whoever changes a tag changes what a search finds
	if body ? 'tags' then
		update public.calls
		set tags = array(select t from jsonb_array_elements_text(
		    body -> 'tags') with ordinality as given (t, nth)
		    group by t order by min(nth))
		where user_id = (select callward.current_user_id())
		    and id = change_call.call_id;
	end if;
	outcome := 'ok';
	answer := callward.call_json(call_id);
	etag := callward.call_etag(call_id);
end $$;

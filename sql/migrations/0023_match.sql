-- Two people who follow up one call: a change can be made on the condition
-- that what a clinic writes about the call is still what was read.

-- What a clinic may change of a call, as a tag that is another one when any of
-- it is. It stands in a header, between quotes: hexadecimal digits alone.
create function callward.call_tag(
	state text, note text, who text, tags text[], notes text) returns text
language plpgsql immutable set search_path = ''
as $$
begin
	return left(encode(sha256(convert_to(
	    jsonb_build_array(state, note, who, tags, notes)::text, 'UTF8')),
	    'hex'), 32);
end $$;

-- The tag of one call, as it stands.
create function callward.call_etag(call_id uuid) returns text
language plpgsql stable set search_path = ''
as $$
begin
	return (select callward.call_tag(c.follow_up_state,
	    c.follow_up_note, c.follow_up_by, c.tags, c.notes)
	from public.calls c
	where c.user_id = (select callward.current_user_id())
	    and c.id = call_etag.call_id);
end $$;

-- Set exactly what the body names; if_match: only where the call's tag is one
-- of these. The row is held from the comparison on, so that of two who read
-- the same one comes too late.
drop function callward.change_call(uuid, jsonb);
create function callward.change_call(call_id uuid, body jsonb, if_match jsonb,
	out outcome text, out answer json, out etag text)
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
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
		answer := json_build_object('detail',
		    'this call was changed after it was read');
		return;
	end if;
	update public.calls set
	    follow_up_state = case when body ? 'follow_up_state'
	        then body ->> 'follow_up_state' else follow_up_state end,
	    follow_up_note = case when body ? 'follow_up_note'
	        then body ->> 'follow_up_note' else follow_up_note end,
	    follow_up_by = case when body ? 'follow_up_by'
	        then body ->> 'follow_up_by' else follow_up_by end,
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

do $$
declare
	f regprocedure;
begin
	for f in select oid from pg_proc
	    where pronamespace = 'callward'::regnamespace
	        and proname in ('call_tag', 'call_etag', 'change_call')
	loop
		execute format('revoke all on function %s from public', f);
		execute format('grant execute on function %s to'
		    ' callward_tenant', f);
		execute format('alter function %s owner to callward_owner', f);
	end loop;
end $$;

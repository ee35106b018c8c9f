-- What a call of the tenant is found by in words, what stands before each of them
-- in the index, and which state of the call that is;
-- of a transcript that is longer than any talk the first million characters. No
-- row: there is no such call.
create or replace function callward.searched_text(
	call_id uuid, out content text, out place text, out version xid)
returns setof record
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return query select concat_ws(E'\n', caller_name, intent,
	        array_to_string(tags, E'\n'), follow_up_note, notes, summary,
	        case when octet_length(transcript) > 1000000
	            then left(transcript, 1000000) else transcript end),
	        callward.word_place(user_id, created_at), xmin
	    from public.calls
	    where user_id = callward.current_user_id()
	        and id = searched_text.call_id;
end $$;

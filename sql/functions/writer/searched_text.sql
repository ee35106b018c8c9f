-- The texts of a call of the tenant that a search looks at (of a transcript the
-- first million characters), what stands before each of their words in the
-- index, and the version of the row. No row: there is no such call.
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

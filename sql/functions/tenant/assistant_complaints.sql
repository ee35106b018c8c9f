-- Complaints about a reference to an assistant, if the body has one. Someone
-- else's is like one that is not there.
create or replace function callward.assistant_complaints(body jsonb)
returns jsonb
language plpgsql stable
as $$
begin
	if body ->> 'assistant_id' is null
	    or exists (select from public.assistants
	        where user_id = (select callward.current_user_id())
	            and id = (body ->> 'assistant_id')::uuid
	            and removed_at is null) then
		return '[]';
	end if;
	return jsonb_build_array(callward.complaint('assistant_id',
	    'unknown_assistant'));
end $$;

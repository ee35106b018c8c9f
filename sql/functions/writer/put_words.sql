-- Store a call's words, which were made from this version of its row. False:
-- the row has changed since, or somebody is changing it, which is not waited
-- for. True, too, if the call is gone.
create or replace function callward.put_words(
	user_id text, call_id uuid, version xid, words text[])
returns boolean
language plpgsql
as $$
#variable_conflict use_column
declare
	now_version xid;
begin
	select xmin into now_version from public.calls
	where user_id = put_words.user_id and id = put_words.call_id
	for no key update skip locked;
	if not found then
		return not exists (select from public.calls
		    where user_id = put_words.user_id
		        and id = put_words.call_id);
	end if;
	if now_version is distinct from put_words.version then
		return false;
	end if;
	update public.calls
	set search_words = callward.search_words(user_id, created_at,
	    array[caller_phone_number, assistant_phone_number, forwarded_from],
	    tags, intent, put_words.words)
	where user_id = put_words.user_id and id = put_words.call_id;
	return true;
end $$;

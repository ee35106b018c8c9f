-- Whose call is a message about? Without an owner the row of its Vapi call
-- decides. With one, which a seal vouches for, every row that can be found
-- must agree; the older flat shape may come without a Vapi id, and then the
-- seal stands alone. A verdict other than null is a refusal.
create or replace function callward.file_event(
	user_id text, call_id uuid, vapi_call_id text)
returns callward.filing
language plpgsql
as $$
declare
	f callward.filing;
	bound record;
begin
	f := (null, null, file_event.user_id, file_event.call_id);
	if vapi_call_id is null and f.user_id is null then
		f := ('quarantined', 'unknown_call', null, null);
	elsif f.user_id is null then
		bound := callward.call_of_vapi(vapi_call_id);
		f.user_id := bound.user_id;
		f.call_id := bound.call_id;
		if bound.call_id is null then
			f := ('quarantined', 'unknown_call', null, null);
		end if;
	elsif f.call_id is null then
		f := ('quarantined', 'call_mismatch', null, null);
	elsif callward.call_taken(f.call_id, f.user_id) then
		f := ('quarantined', 'owner_mismatch', null, null);
	elsif callward.vapi_call_taken(vapi_call_id, f.user_id, f.call_id) then
		bound := callward.call_of_vapi(vapi_call_id);
		f := ('quarantined', case when bound.user_id = f.user_id
		    then 'call_mismatch' else 'owner_mismatch' end, null, null);
	end if;
	return f;
end $$;

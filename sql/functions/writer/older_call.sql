-- The tenant has this CallSid in a call of another id, from before answers
-- were kept or after this one was dropped: nobody will answer it, and it must
-- not ring twice.
create or replace function callward.older_call(
	o callward.opening, call_sid text)
returns callward.opening
language plpgsql
as $$
#variable_conflict use_column
declare
	since timestamptz;
begin
	select created_at into since from public.calls
	where user_id = o.user_id
	    and twilio_call_sid = older_call.call_sid
	    and id <> o.call_id;
	if found then
		o.verdict := 'wait';
		o.age_ms := callward.age_ms(since);
	end if;
	return o;
end $$;

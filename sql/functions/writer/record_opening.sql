-- The call's row; is_recorded: this attempt has made it before. The key of the
-- CallSid in call_answers holds off every other attempt meanwhile.
create or replace function callward.record_opening(
	o callward.opening, is_recorded boolean, call_sid text, sender text,
	recipient text, forwarded_from text, diversion text, stir_verstat text)
returns callward.opening
language plpgsql
as $$
begin
	if is_recorded then
		return o;
	end if;
	insert into public.calls (id, user_id, assistant_id, phone_number_id,
	    caller_phone_number, assistant_phone_number, twilio_call_sid,
	    owner_rule, stir_verstat, forwarded_from, diversion, after_hours)
	select o.call_id, o.user_id, o.assistant_id, o.phone_number_id,
	    coalesce(sender, 'anonymous'), recipient, call_sid, o.owner_rule,
	    stir_verstat, forwarded_from, diversion, o.after_hours
	where not exists (select from public.calls c
	    where c.user_id = o.user_id and c.twilio_call_sid = call_sid);
	if not found then
		o := callward.older_call(o, call_sid);
	end if;
	return o;
end $$;

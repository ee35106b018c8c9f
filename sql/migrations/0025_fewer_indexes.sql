-- The ids that Twilio and Vapi give a call are random: each index on one of
-- them is one more page to find, and to write to the log whole, for every call.
-- So the rule that a tenant has an id once, and the resolver, who asks by the
-- id alone, share one each. (A column that is null is in no one's way.)
create unique index calls_call_sid_once
    on public.calls (twilio_call_sid, user_id);
create unique index calls_vapi_call_id_once
    on public.calls (vapi_call_id, user_id) where vapi_call_id is not null;
drop index public.calls_twilio_call_sid;
drop index public.calls_any_call_sid;
drop index public.calls_vapi_call_id;
drop index public.calls_any_vapi_call_id;

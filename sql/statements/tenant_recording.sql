-- tenant_recording: where a call's recording is; leaves a line about the listener
-- role: tenant
-- caller: api_recording
-- params: id uuid, actor text
-- columns: vapi_call_id text, has_recording boolean, noted boolean
select vapi_call_id, recording_url is not null as has_recording,
    case when recording_url is not null
	then callward.tenant_audit(action => 'play_recording',
	    subject => id::text, actor => {actor})
    end as noted
from public.calls
where user_id = (select callward.current_user_id()) and id = {id};

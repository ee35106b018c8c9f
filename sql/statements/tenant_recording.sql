-- tenant_recording: which recording a call has; notes who listened
-- role: tenant
-- caller: api_recording
-- params: id uuid, actor text
-- columns: vapi_call_id text, recording text, noted boolean
select vapi_call_id, recording, case when recording is not null
    then callward.tenant_audit(action => 'play_recording',
	subject => id::text, actor => {actor}) end as noted
from (
	select id, coalesce(vapi_call_id, (select s.vapi_call_id
	        from callward.tenant_sessions(call_ids => array[{id}]) s))
	    as vapi_call_id, callward.recording_of(
	    recording_url => recording_url, details => details) as recording
	from public.calls
	where user_id = (select callward.current_user_id()) and id = {id} offset 0
) found;

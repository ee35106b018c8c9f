-- tenant_call: one call of the tenant, with all that was said
-- role: tenant
-- caller: api_call
-- params: id uuid
-- columns: call json
select json_build_object(
    'id', id, 'assistant_id', assistant_id,
    'phone_number_id', phone_number_id,
    'caller_phone_number', caller_phone_number,
    'assistant_phone_number', assistant_phone_number,
    'twilio_call_sid', twilio_call_sid, 'vapi_call_id', vapi_call_id,
    'status', status, 'owner_rule', owner_rule,
    'stir_verstat', stir_verstat, 'ended_reason', ended_reason,
    'started_at', started_at, 'ended_at', ended_at,
    'duration_seconds', duration_seconds,
    'has_recording', recording_url is not null, 'transcript', transcript,
    'messages', messages, 'summary', summary, 'analysis', analysis,
    'structured_data', structured_data,
    'success_evaluation', success_evaluation, 'cost_usd', cost_usd,
    'revisions', revisions, 'created_at', created_at,
    'updated_at', updated_at)
from public.calls
where user_id = (select callward.current_user_id()) and id = $1::uuid;

-- tenant_trial_script: what a run that has begun is to say, and to whom
-- role: tenant
-- caller: api_trial_run
-- params: id uuid
-- columns: began timestamptz, script text, vapi_assistant_id text,
--   language text, clinic_name text
select t.started_at as began, t.script, a.vapi_assistant_id, a.language,
    c.name as clinic_name
from public.assistant_tests t
join public.assistants a on a.user_id = t.user_id and a.id = t.assistant_id
left join public.clinic_settings c on c.user_id = t.user_id
where t.user_id = (select callward.current_user_id()) and t.id = {id}
    and t.status = 'running';

-- The call that we made is over.
create or replace function callward.verification_ended(
	id uuid, call_sid text, status text)
returns boolean
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	why text := case verification_ended.status
	    when 'completed' then 'no_key' when 'busy' then 'busy'
	    when 'no-answer' then 'no_answer' else 'not_rung' end;
begin
	claims := set_config('request.jwt.claims', '', true);
	-- a loop may still come back, or is heard right now
	update callward.verifications v
	set ended_at = now(),
	    call_sid = verification_ended.call_sid,
	    state = case when state = 'ringing' and (step = 'code'
	        or why = 'not_rung') then 'failed' else state end,
	    reason = case when state = 'ringing' and (step = 'code'
	        or why = 'not_rung') then why else reason end,
	    changed_at = case when state = 'ringing' then now()
	        else changed_at end
	where v.id = verification_ended.id and not withheld
	    and ended_at is null
	    and coalesce(v.call_sid, verification_ended.call_sid)
	        = verification_ended.call_sid;
	return found;
end $$;

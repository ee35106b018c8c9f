-- Twilio took the call, or refused it for good.
create or replace function callward.verification_rung(
	id uuid, call_sid text, refused boolean)
returns boolean
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	update callward.verifications v
	set call_sid = coalesce(v.call_sid, verification_rung.call_sid),
	    state = case when refused then 'failed' else state end,
	    reason = case when refused then 'not_rung' else reason end,
	    changed_at = case when refused then now() else changed_at end
	where v.id = verification_rung.id and not withheld
	    and (not refused or state = 'ringing' and answered_at is null);
	return found;
end $$;

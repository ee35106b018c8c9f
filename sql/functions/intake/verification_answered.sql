-- The call that we make was answered: what is it to hear?
--
-- ask       for a key
-- tones     the call has come back: play them
-- announce  it has not: say what this is, and play them
-- absent    nothing: no attempt waits for this call
create or replace function callward.verification_answered(
	id uuid, call_sid text)
returns text
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	v callward.verifications;
begin
	claims := set_config('request.jwt.claims', '', true);
	update callward.verifications w
	set call_sid = verification_answered.call_sid,
	    answered_at = coalesce(answered_at, now())
	where w.id = verification_answered.id and state = 'ringing'
	    and not withheld
	    and started_at > now() - interval '90 seconds'
	    and coalesce(w.call_sid, verification_answered.call_sid)
	        = verification_answered.call_sid
	returning * into v;
	if not found then
		return 'absent';
	end if;
	return case when v.step = 'code' then 'ask'
	    when callward.verification_came_back(v) then 'tones'
	    else 'announce' end;
end $$;

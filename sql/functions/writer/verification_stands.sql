-- What state and reason come to, at this moment. expires_at: until when the
-- attempt waits for something, or since when it does not any more.
create or replace function callward.verification_stands(
	v callward.verifications, out state text, out reason text,
	out expires_at timestamptz)
language plpgsql stable
as $$
declare
	minute constant interval := '1 minute';
	back boolean := false;
begin
	state := v.state;
	reason := v.reason;
	expires_at := v.changed_at;
	if v.state = 'ringing'
	    or v.reason in ('no_answer', 'busy', 'no_key', 'not_rung')
	then
		back := callward.verification_came_back(v);
	end if;
	case
	when v.reason in ('no_answer', 'not_rung')
	    and not (v.step = 'code' and back) then
		-- when and as it would if nobody had been rung
		expires_at := v.started_at + minute;
		if now() < expires_at then
			state := 'ringing';
			reason := null;
		else
			reason := case v.step when 'code' then 'no_answer'
			    else 'not_back' end;
		end if;
	when v.state = 'ringing' and v.step = 'code' then
		expires_at := coalesce(v.answered_at, v.started_at) + minute;
		if now() >= expires_at then
			state := 'failed';
			reason := case when v.answered_at is null
			    then 'no_answer' else 'no_key' end;
		end if;
	when v.state = 'ringing' then
		expires_at := v.started_at + case when back
		    then minute * 1.5 else minute end;
		if now() >= expires_at then
			state := 'failed';
			reason := case when back then 'wrong_tones'
			    else 'not_back' end;
		end if;
	when v.state in ('spoken', 'proven') then
		expires_at := v.changed_at + minute * case v.state
		    when 'spoken' then 10 else 30 end;
		if now() >= expires_at then
			state := 'failed';
			reason := 'lapsed';
		end if;
	else
	end case;
	-- A hint only, since who calls can be forged: a key that is pressed
	-- shows that somebody answers there.
	if v.step = 'code' and back and state = 'failed' then
		reason := 'forwarding_on';
	end if;
end $$;

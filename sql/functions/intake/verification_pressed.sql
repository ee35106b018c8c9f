-- A key was pressed: may the code be spoken? True again for the same call, if
-- it is asked for again.
create or replace function callward.verification_pressed(id uuid, call_sid text)
returns boolean
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	update callward.verifications v
	set state = 'spoken',
	    changed_at = case state when 'spoken' then changed_at else now() end
	where v.id = verification_pressed.id and step = 'code'
	    and v.call_sid = verification_pressed.call_sid
	    and state in ('ringing', 'spoken') and answered_at is not null
	    and answered_at > now() - interval '60 seconds';
	return found;
end $$;

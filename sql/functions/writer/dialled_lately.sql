-- Was this number dialled for this caller within the last minute? Then a call
-- of theirs may be the one that comes back from there.
create or replace function callward.dialled_lately(phone_number text, who text)
returns boolean
language plpgsql stable strict
as $$
begin
	return callward.dials_lately(phone_number, who) > 0;
end $$;

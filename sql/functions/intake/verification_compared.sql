-- The code that was typed has been compared.
--
-- proven, wrong, absent; tries_left of five
create or replace function callward.verification_compared(
	id uuid, correct boolean, out verdict text, out tries_left integer)
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	v callward.verifications;
begin
	claims := set_config('request.jwt.claims', '', true);
	update callward.verifications w
	set state = case when correct then 'proven'
	        when tries >= 5 then 'failed' else state end,
	    reason = case when not correct and tries >= 5
	        then 'wrong_code' end,
	    changed_at = case when correct then now() else changed_at end
	where w.id = verification_compared.id and step = 'code'
	    and state = 'spoken'
	returning * into v;
	if not found then
		-- asked again
		select * into v from callward.verifications w
		where w.id = verification_compared.id
		    and (state = 'proven' and correct
		        or reason = 'wrong_code' and not correct);
	end if;
	verdict := case when v.id is null then 'absent'
	    when correct then 'proven' else 'wrong' end;
	tries_left := 5 - v.tries;
end $$;

-- Was this number dialled for this caller within the last minute? Then a call
-- of theirs may be the one that comes back from there. Which number it was
-- stands in the answer, TwiML or Vapi's JSON.
create or replace function callward.dialled_lately(phone_number text, who text)
returns boolean
language plpgsql stable strict
as $$
#variable_conflict use_column
begin
	return exists (select from callward.call_answers a
	    where a.sender = dialled_lately.who and a.dialled
	        and a.opened_at > now() - interval '1 minute'
	        and (strpos(a.answer, '>' || dialled_lately.phone_number
	                || '<') > 0
	            or strpos(a.answer, '"' || dialled_lately.phone_number
	                || '"') > 0));
end $$;

-- How often this number was dialled for this caller within the last minute.
-- Which number it was stands in the answer, TwiML or Vapi's JSON.
create or replace function callward.dials_lately(phone_number text, who text)
returns integer
language plpgsql stable strict
as $$
#variable_conflict use_column
begin
	return (select count(*) from callward.call_answers a
	    where a.sender = dials_lately.who and a.dialled
	        and a.opened_at > now() - interval '1 minute'
	        and (strpos(a.answer, '>' || dials_lately.phone_number
	                || '<') > 0
	            or strpos(a.answer, '"' || dials_lately.phone_number
	                || '"') > 0));
end $$;

-- The line that was called: its assistant's number, and its fallback. One that
-- is no line of ours is unlisted.
create or replace function callward.decide_line(
	o callward.opening, recipient text)
returns callward.opening
language plpgsql
as $$
#variable_conflict use_column
begin
	select vapi_phone_number_id, case when not exists (
	    select from callward.assistant_numbers
	    where phone_number = l.fallback_number) then fallback_number end
	into o.vapi_phone_number_id, o.line_fallback
	from callward.assistant_numbers l
	where phone_number = decide_line.recipient;
	if not found then
		o.verdict := coalesce(o.verdict, 'unlisted');
	end if;
	return o;
end $$;

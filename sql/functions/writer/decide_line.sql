-- The line that was called: its assistant's number, and its fallback. One that
-- is no line of ours is unlisted.
create or replace function callward.decide_line(
	o callward.opening, recipient text)
returns callward.opening
language plpgsql
as $$
#variable_conflict use_column
begin
	select vapi_phone_number_id, fallback_number
	into o.vapi_phone_number_id, o.line_fallback
	from callward.assistant_numbers
	where phone_number = decide_line.recipient;
	if not found then
		o.verdict := coalesce(o.verdict, 'unlisted');
	end if;
	o.line_fallback := callward.not_ours(o.line_fallback);
	return o;
end $$;

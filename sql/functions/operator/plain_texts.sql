-- Texts that are shown to others hold nothing that a terminal obeys, that begins
-- a line, or that turns the direction of what stands beside it, whoever writes
-- them: the dashboard says so by field, Supabase's own interface has this. A
-- newline and a tab may stand there. Rows of an older project stay as they are,
-- until the text itself is changed.
create or replace function callward.plain_texts() returns trigger
language plpgsql
as $$
declare
	col text;
	text_now text;
	text_before text;
begin
	foreach col in array tg_argv loop
		execute format('select ($1).%I::text', col) into text_now
		    using new;
		if tg_op = 'UPDATE' then
			execute format('select ($1).%I::text', col)
			    into text_before using old;
		end if;
		if text_now is distinct from text_before and text_now ~
		    ('[\u0001-\u0008\u000b-\u001f\u007f-\u009f'
		    '\u2028-\u202e\u2066-\u2069]') then
			raise exception '% holds a character that cannot be'
			    ' shown', col using errcode = 'check_violation';
		end if;
	end loop;
	return new;
end $$;

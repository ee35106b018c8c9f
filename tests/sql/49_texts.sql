-- What a clinic writes holds nothing that steers a terminal, begins a line or
-- turns its neighbours round, in whichever table and by whomever.
begin;
set search_path = tap, public;
select plan(22);
select tap.scenario();
insert into public.calls (user_id, caller_phone_number,
    assistant_phone_number) values ('user_a', '+15551111111', '+15559999999');
insert into public.clinic_settings (user_id) values ('user_a');
insert into public.working_hours (user_id, day_of_week, open_time, close_time)
values ('user_a', 1, '09:00', '17:00');
insert into public.intents (user_id, name, slug)
values ('user_a', 'Parking', 'parking');
insert into public.assistant_tests (user_id, assistant_id, name)
values ('user_a', tap.u(901), 'Parking');

create temporary table words as
select 'a' || chr(n) || 'b' as word, true as refused
from unnest(array[1, 7, 13, 27, 127, 128, 133, 155, 159, x'2028'::int, x'2029'::int,
    x'202a'::int, x'202b'::int, x'202c'::int, x'202d'::int, x'202e'::int,
    x'2066'::int, x'2067'::int, x'2068'::int, x'2069'::int]) n
union all
-- a tab, a newline, joiners and marks, which names are written with, and
-- what stands beside the others
select 'a' || chr(n) || 'b', false
from unnest(array[9, 10, 32, 126, 160, x'5d0'::int, x'200c'::int, x'200d'::int,
    x'200e'::int, x'200f'::int, x'2027'::int, x'202f'::int, x'2065'::int,
    x'206a'::int, x'1f9b7'::int]) n;

create function pg_temp.is_refused(tab text, col text, value text)
returns boolean language plpgsql as $$
begin
	execute format('update public.%I set %I = %L where user_id = ''user_a''',
	    tab, col, value);
	return false;
exception when check_violation then
	return true;
end $$;
-- The characters that a column is wrong about.
create function pg_temp.wrong(tab text, col text, form text)
returns text language plpgsql as $$
declare
	w record;
	wrong text := '';
begin
	for w in select * from words loop
		-- jsonb writes these otherwise
		continue when col = 'expected' and ascii(substr(w.word, 2, 1)) < 32;
		if pg_temp.is_refused(tab, col, replace(form, '%', w.word))
		    <> w.refused then
			wrong := wrong || ' ' || to_hex(ascii(substr(w.word, 2, 1)));
		end if;
	end loop;
	return wrong;
end $$;
select is(pg_temp.wrong(tab, col, form), '', format('%s.%s', tab, col))
from (values ('assistants', 'name', '%'), ('assistants', 'greeting', '%'),
    ('assistants', 'language', '%'), ('phone_numbers', 'label', '%'),
    ('phone_numbers', 'phone_number_raw', '%'),
    ('working_hours', 'reason', '%'), ('intents', 'name', '%'),
    ('intents', 'description', '%'), ('intents', 'example_phrases', '{"%"}'),
    ('assistant_tests', 'name', '%'), ('assistant_tests', 'script', '%'),
    ('assistant_tests', 'expected', '{"x": "%"}'),
    ('clinic_settings', 'name', '%'), ('clinic_settings', 'language', '%'),
    ('clinic_settings', 'after_hours_message', '%'),
    ('calls', 'follow_up_note', '%'), ('calls', 'follow_up_by', '%'),
    ('calls', 'tags', '{"%"}'), ('calls', 'notes', '%')) t (tab, col, form);

-- What a row of an older project has stays, while it is not written anew.
set local session_replication_role = replica;
update public.assistants set name = E'a\u202eb', greeting = 'Hi'
where user_id = 'user_a';
set local session_replication_role = origin;
select is(pg_temp.is_refused('assistants', 'greeting', 'Hello'), false,
    'an older name is in nobody''s way');
select is(pg_temp.is_refused('assistants', 'name', E'c\u202eb'), true,
    'a new one is refused');
select throws_ok($$ insert into public.intents (user_id, name, slug)
    values ('user_b', E'a\u2066b', 'x1') $$, '23514', null,
    'so is a new row''s');

select * from finish();
rollback;

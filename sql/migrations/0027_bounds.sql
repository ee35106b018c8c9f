-- What a clinic sets by itself has an end in the tables, and not only in what
-- the dashboard calls, since Supabase's own interface writes rows as well. Each
-- call looks at its clinic's hours and carries its assistant's greeting, on a
-- lane that other clinics share; and a list is one answer, which the process
-- that serves all clinics holds in its memory.

-- Far above what the dashboard takes. Rows of an older project stay as they
-- are.
alter table public.assistants add constraint assistants_texts_sane
    check (octet_length(concat(name, greeting, language)) <= 65536) not valid;
alter table public.phone_numbers add constraint phone_numbers_texts_sane
    check (octet_length(concat(label, phone_number_raw)) <= 65536) not valid;
alter table public.working_hours add constraint working_hours_texts_sane
    check (octet_length(reason) <= 65536) not valid;
alter table public.intents add constraint intents_texts_sane
    check (octet_length(concat(name, description, example_phrases::text))
	<= 65536) not valid;
alter table public.assistant_tests add constraint assistant_tests_texts_sane
    check (octet_length(concat(name, script, expected::text)) <= 65536)
    not valid;

-- As many rows as the trigger says. Doors count by themselves, and the
-- operator's command, which is the same role, may have more.
create function callward.bound_rows() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
	most constant bigint := tg_argv[0];
	n bigint;
begin
	if current_user <> 'callward_writer' then
		execute format('select count(*) from %s where user_id = $1',
		    tg_relid::regclass) into n using callward.current_user_id();
		if n > most then
			raise exception '% rows are the most there can be', most
			    using errcode = 'check_violation';
		end if;
	end if;
	return null;
end $$;
revoke all on function callward.bound_rows() from public;
alter function callward.bound_rows() owner to callward_owner;

create trigger bound_rows after insert on public.assistants
    for each statement execute function callward.bound_rows(1000);
create trigger bound_rows after insert on public.phone_numbers
    for each statement execute function callward.bound_rows(1000);
create trigger bound_rows after insert on public.working_hours
    for each statement execute function callward.bound_rows(500);
create trigger bound_rows after insert on public.intents
    for each statement execute function callward.bound_rows(1000);
create trigger bound_rows after insert on public.assistant_tests
    for each statement execute function callward.bound_rows(1000);

-- Every trigger, whole: callward migrate runs this file again when it has
-- changed, and drops the triggers of ours that it no longer names. What they
-- execute is in sql/functions.

do $$ begin perform callward.take_tables(); end $$;

create or replace trigger touch before update
    on public.assistant_tests for each row
    execute function callward.touch();
create or replace trigger touch before update
    on public.assistants for each row
    execute function callward.touch();
create or replace trigger touch before update
    on public.clinic_settings for each row
    execute function callward.touch();
create or replace trigger touch before update
    on public.intents for each row
    execute function callward.touch();
create or replace trigger touch before update
    on public.phone_numbers for each row
    execute function callward.touch();
create or replace trigger touch before update
    on public.subscriptions for each row
    execute function callward.touch();
create or replace trigger touch before update
    on public.working_hours for each row
    execute function callward.touch();

create or replace trigger timezone_known before insert or update of timezone
    on public.clinic_settings for each row
    execute function callward.timezone_known();

-- Who makes a trigger may execute its function; this one is the writer's.
set local role callward_writer;
grant execute on function callward.refuse_withheld() to callward_owner;
reset role;
create or replace trigger refuse_withheld_insert before insert
    on public.phone_numbers for each row
    execute function callward.refuse_withheld();
create or replace trigger refuse_withheld_update before update of
	phone_number, status
    on public.phone_numbers for each row
    when (new.phone_number is distinct from old.phone_number
	or new.status is distinct from old.status
	and new.status in ('pending', 'active'))
    execute function callward.refuse_withheld();
set local role callward_writer;
revoke execute on function callward.refuse_withheld() from callward_owner;
reset role;

-- Not of a call that begins: nothing of it is the clinic's yet.
create or replace trigger plain_texts before insert or update of name, script,
	expected
    on public.assistant_tests for each row
    execute function callward.plain_texts(name, script, expected);
create or replace trigger plain_texts before insert or update of name,
	greeting, language
    on public.assistants for each row
    execute function callward.plain_texts(name, greeting, language);
create or replace trigger plain_texts before update of follow_up_note,
	follow_up_by, tags, notes
    on public.calls for each row
    execute function callward.plain_texts(
	follow_up_note, follow_up_by, tags, notes);
create or replace trigger plain_texts before insert or update of name,
	token_name
    on public.clinic_people for each row
    execute function callward.plain_texts(name, token_name);
create or replace trigger plain_texts before insert or update of name,
	language, after_hours_message
    on public.clinic_settings for each row
    execute function callward.plain_texts(name, language, after_hours_message);
create or replace trigger plain_texts before insert or update of name,
	description, example_phrases
    on public.intents for each row
    execute function callward.plain_texts(name, description, example_phrases);
create or replace trigger plain_texts before insert or update of label,
	phone_number_raw
    on public.phone_numbers for each row
    execute function callward.plain_texts(label, phone_number_raw);
create or replace trigger plain_texts before insert or update of reason
    on public.working_hours for each row
    execute function callward.plain_texts(reason);

-- What people change, by whom. A status that passes by itself is not theirs.
set local role callward_writer;
grant execute on function callward.note_change() to callward_owner;
reset role;
create or replace trigger note_change after insert or delete or update of
	name, max_duration_seconds, greeting, language, removed_at
    on public.assistants for each row
    execute function callward.note_change();
create or replace trigger note_change after insert or delete or update of
	label, assistant_id, fallback_number, status
    on public.phone_numbers for each row
    execute function callward.note_change();
create or replace trigger note_change after insert or delete or update of
	assistant_id, name, script, expected
    on public.assistant_tests for each row
    execute function callward.note_change();
create or replace trigger note_change after insert or delete or update of
	name, description, slug, assistant_id,
	example_phrases, marks_follow_up, is_enabled
    on public.intents for each row
    execute function callward.note_change();
create or replace trigger note_change after insert or delete or update of
	name, timezone, language, country,
	open_action, closed_action, after_hours_message
    on public.clinic_settings for each row
    execute function callward.note_change();
create or replace trigger note_change after update of follow_up_state,
	follow_up_note, follow_up_by, follow_up_by_id, tags, notes
    on public.calls for each row
    execute function callward.note_change();
-- A week is written at once.
create or replace trigger note_add after insert
    on public.working_hours referencing new table as changed
    for each statement execute function callward.note_change();
create or replace trigger note_change after update
    on public.working_hours referencing new table as changed
    for each statement execute function callward.note_change();
create or replace trigger note_remove after delete
    on public.working_hours referencing old table as changed
    for each statement execute function callward.note_change();
set local role callward_writer;
revoke execute on function callward.note_change() from callward_owner;
reset role;

-- Each call looks at its clinic's hours and carries its assistant's greeting,
-- on a lane that other clinics share; and a list is one answer.
create or replace trigger bound_rows after insert
    on public.assistant_tests for each statement
    execute function callward.bound_rows(1000);
create or replace trigger bound_rows after insert
    on public.assistants for each statement
    execute function callward.bound_rows(1000);
create or replace trigger bound_rows after insert
    on public.intents for each statement
    execute function callward.bound_rows(1000);
create or replace trigger bound_rows after insert
    on public.phone_numbers for each statement
    execute function callward.bound_rows(1000);
create or replace trigger bound_rows after insert
    on public.working_hours for each statement
    execute function callward.bound_rows(500);

create or replace trigger follow_up before update of follow_up_state,
	follow_up_note, follow_up_by, follow_up_by_id, tags, notes
    on public.calls for each row
    execute function callward.follow_up();

-- Behind derive, by its name: the intent is there.
create or replace trigger follow_intent before update of structured_data,
	details
    on public.calls for each row
    when (new.intent is not null
	and (new.structured_data is distinct from old.structured_data
	    or new.details is distinct from old.details))
    execute function callward.follow_intent();

-- Columns that follow from others, calls that need words, and days to count
-- anew.
create or replace trigger derive before insert or update of user_id,
	twilio_call_sid, follow_up_state, created_at,
	caller_phone_number, assistant_phone_number, forwarded_from, tags,
	structured_data, details, success_evaluation, cost_usd, summary,
	transcript, notes, follow_up_note, status, report_at, duration_seconds,
	after_hours, is_test, ended_reason
    on public.calls for each row
    execute function callward.derive();

create or replace trigger uncount after delete
    on public.calls for each row
    execute function callward.uncount();

create or replace trigger uncount_all after truncate
    on public.calls for each statement
    execute function callward.uncount();

-- Routes follow the numbers, in the transaction that changes a number.
set local role callward_resolver;
grant execute on function callward.keep_routes() to callward_owner;
reset role;
create or replace trigger keep_routes after insert or delete
    on public.phone_numbers for each row
    execute function callward.keep_routes();
create or replace trigger keep_routes_change after update
    on public.phone_numbers for each row
    when ('active' in (old.status, new.status)
	and (old.user_id, old.id, old.status, old.phone_number, old.match_rule)
	is distinct from (new.user_id, new.id, new.status, new.phone_number,
	new.match_rule))
    execute function callward.keep_routes();
create or replace trigger keep_routes_truncate after truncate
    on public.phone_numbers for each statement
    execute function callward.keep_routes();
set local role callward_resolver;
revoke execute on function callward.keep_routes() from callward_owner;
reset role;

-- Prepared settings end when a row that they are derived from changes. Those of
-- a number that is deleted go with it (foreign key).
set local role callward_writer;
grant execute on function callward.expire_settings() to callward_owner;
reset role;
create or replace trigger expire_insert after insert
    on public.assistants referencing new table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_update after update
    on public.assistants referencing new table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_delete after delete
    on public.assistants referencing old table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_insert after insert
    on public.clinic_settings referencing new table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_update after update
    on public.clinic_settings referencing new table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_delete after delete
    on public.clinic_settings referencing old table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_insert after insert
    on public.phone_numbers referencing new table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_update after update
    on public.phone_numbers referencing new table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_insert after insert
    on public.subscriptions referencing new table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_update after update
    on public.subscriptions referencing new table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_delete after delete
    on public.subscriptions referencing old table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_insert after insert
    on public.working_hours referencing new table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_update after update
    on public.working_hours referencing new table as changed
    for each statement execute function callward.expire_settings();
create or replace trigger expire_delete after delete
    on public.working_hours referencing old table as changed
    for each statement execute function callward.expire_settings();
set local role callward_writer;
revoke execute on function callward.expire_settings() from callward_owner;
reset role;

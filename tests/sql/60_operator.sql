-- The operator's login: what it may as itself, and as the roles that its
-- command takes on.
begin;
set search_path = tap, public;
select plan(11);
select tap.scenario();

select is(tap.outcome('operator', '{"sub":"user_a"}',
    'select id from public.calls'), '0', 'as itself it sees no tenant''s row');
select is(tap.outcome('operator', null,
    'select * from callward.assistant_numbers'), '2', 'it sees the lines');
select is(tap.outcome('operator', null, 'insert into'
    ' callward.assistant_numbers values (''+15551230000'')'), '1',
    'and adds one');

-- outcome() sets a role from a superuser; here the login itself does.
create function pg_temp.becomes(role text) returns text
language plpgsql as $$
begin
	set session authorization operator;
	perform set_config('role', role, true);
	reset session authorization;
	return 'yes';
exception when insufficient_privilege then
	reset session authorization;
	return 'no';
end $$;
select is(pg_temp.becomes('callward_writer'), 'yes', 'it becomes the writer');
select is(pg_temp.becomes('callward_resolver'), 'yes', 'and the resolver');
select is(pg_temp.becomes('callward_intake'), 'no', 'but no webhook');
select is(pg_temp.becomes('callward_tenant'), 'yes',
    'and the dashboard, to audit it');

select is(tap.outcome('callward_writer', '{"sub":"user_a"}',
    'insert into public.phone_numbers (phone_number, status, match_rule,'
    ' vapi_assistant_id, assistant_id, verified_at) values (''+15551230001'','
    ' ''active'', ''to'', ''vapi-x'', tap.u(901), now())'), '1',
    'the writer adds a number for its tenant');
select is(tap.outcome('callward_writer', '{"sub":"user_b"}',
    'insert into public.phone_numbers (user_id, phone_number) values'
    ' (''user_a'', ''+15551230001'')'), 'walled', 'and for no other');
select is(tap.outcome('callward_resolver', '', 'select user_id, phone_number,'
    ' label, status, match_rule from public.phone_numbers'), '2',
    'the resolver lists all numbers');
select is(tap.outcome('callward_resolver', '',
    'select transcript from public.calls'), 'denied',
    'and reads no call''s words');

select * from finish();
rollback;

-- What the test files share. Re-runnable.
set client_min_messages = warning;
create schema if not exists tap;
grant usage on schema tap to public;
create extension if not exists pgtap schema tap;

-- A statement tried as somebody, and undone: how many rows it touched, or why
-- it was refused.
create or replace function tap.outcome(role text, claims text, stmt text)
returns text language plpgsql as $$
declare
	rows bigint;
begin
	if claims is not null then
		perform set_config('request.jwt.claims', claims, true);
	end if;
	perform set_config('role', role, true);
	execute stmt;
	get diagnostics rows = row_count;
	raise exception using errcode = 'TAP00', message = rows;
exception
	when sqlstate 'TAP00' then
		return sqlerrm;
	when insufficient_privilege then
		return case when sqlerrm like '%row-level security%'
		    then 'walled' else 'denied' end;
	when others then
		return sqlstate;
end $$;

-- A call of one of our functions as the webhook role, after what another
-- tenant's statement left behind in the same transaction; it must clear that.
-- The answer is the row as text, without its last brackets.
create or replace function tap.door(call text) returns text
language plpgsql as $$
declare
	answer text;
begin
	perform set_config('request.jwt.claims', '{"sub":"user_z"}', true);
	perform set_config('role', 'callward_intake', true);
	execute 'select d::text from callward.' || call || ' as d' into answer;
	perform set_config('role', 'none', true);
	if current_setting('request.jwt.claims') <> '' then
		raise exception 'left behind: %',
		    current_setting('request.jwt.claims');
	end if;
	return answer;
end $$;

-- Gives all calls that wait for their words these, as the responder's thread
-- does. Returns how many times a tenant was served.
create or replace function tap.index() returns integer
language plpgsql as $$
declare
	taken jsonb;
	turn record;
	turns integer := 0;
begin
	loop
		perform set_config('role', 'callward_tenant', true);
		taken := (select jsonb_agg(to_jsonb(t))
		    from callward.index_take(null, 500) t);
		perform set_config('role', 'none', true);
		select token, jsonb_object_agg(call_id,
		    (select string_agg(place || w, ' ')
		    from unnest(callward.search_split(content)) w)) as words
		into turn
		from jsonb_to_recordset(taken) t (token uuid, call_id uuid,
		    content text, place text)
		group by token;
		exit when turn.token is null;
		perform set_config('role', 'callward_tenant', true);
		perform callward.index_put(turn.token, turn.words);
		perform set_config('role', 'none', true);
		turns := turns + 1;
	end loop;
	return turns;
end $$;

create or replace function tap.u(i integer) returns uuid
language sql immutable as
$$ select ('01980000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid $$;

create or replace function tap.sid(i integer) returns text
language sql immutable as $$ select 'CA' || lpad(i::text, 32, '0') $$;

-- The scenario: two clinics that share a line, and the line.
create or replace function tap.scenario() returns void
language plpgsql as $$
begin
	insert into callward.assistant_numbers
	    (phone_number, vapi_phone_number_id, fallback_number)
	values ('+15559999999', 'vapi-line-1', '+15558880000'),
	    ('+15559999998', 'vapi-line-2', '+15559999999');
	insert into public.assistants (id, user_id, name, vapi_assistant_id)
	values (tap.u(901), 'user_a', 'A', 'vapi-a'),
	    (tap.u(902), 'user_b', 'B', 'vapi-b');
	insert into public.phone_numbers (id, user_id, phone_number, status,
	    assistant_id, vapi_assistant_id, fallback_number)
	values (tap.u(801), 'user_a', '+15551111111', 'active', tap.u(901),
	        null, '+15557770001'),
	    (tap.u(802), 'user_b', '+15552222222', 'active', tap.u(902),
	        'vapi-own', null);
end $$;

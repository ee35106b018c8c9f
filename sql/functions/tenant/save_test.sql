create or replace function callward.save_test(id uuid, body jsonb)
returns callward.written
language plpgsql
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	saved uuid := save_test.id;
	wanted constant jsonb := nullif(body -> 'expected', 'null');
	running boolean;
	bad jsonb;
begin
	perform callward.lock_tenant();
	bad := callward.assistant_complaints(body)
	    || callward.expected_complaints(body -> 'expected');
	if saved is null then
		if 200 <= (select count(*) from public.assistant_tests
		    where user_id = me) then
			return callward.at_most(200, 'too_many_tests');
		end if;
	else
		select status = 'running'
		    and not callward.trial_interrupted(status, started_at)
		into running from public.assistant_tests
		where user_id = me and id = saved;
		if not found then
			return callward.answered('absent');
		end if;
	end if;
	if 10 < (select count(*)
	    from regexp_split_to_table(body ->> 'script', '\n') line
	    where line ~ '\S') then
		bad := bad || callward.complaint('script', 'too_many_lines',
		    '{"n": 10}');
	end if;
	if bad <> '[]' then
		return callward.answered('refused', bad::json);
	elsif running then
		return callward.problem('conflict', 'test_is_running');
	end if;

	if saved is null then
		insert into public.assistant_tests (assistant_id, name, script,
		    expected)
		values ((body ->> 'assistant_id')::uuid, body ->> 'name',
		    body ->> 'script', wanted)
		returning id into saved;
	else
		update public.assistant_tests
		set assistant_id = coalesce((body ->> 'assistant_id')::uuid,
		        assistant_id),
		    name = coalesce(body ->> 'name', name),
		    script = coalesce(body ->> 'script', script),
		    expected = case when body ? 'expected'
		        then wanted else expected end
		where user_id = me and id = saved;
	end if;
	return callward.answered('ok',
	    (select shown from callward.shown_tests(saved)));
end $$;

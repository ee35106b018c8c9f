--
-- execute: callward_writer
create or replace function callward.shown_tests(one uuid)
returns table (id uuid, created_at timestamptz, shown json)
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return query
	select t.id, t.created_at, json_build_object('id', t.id,
	    'assistant_id', t.assistant_id, 'assistant_name', a.name,
	    'name', t.name, 'script', t.script, 'expected', t.expected,
	    'status', case when dead then 'error' else t.status end,
	    'score', t.score, 'result', t.result,
	    'transcript', t.transcript, 'error', case when dead
	        then 'the test was interrupted; run it again' else t.error end,
	    'call_id', t.call_id, 'started_at', t.started_at,
	    'finished_at', t.finished_at, 'created_at', t.created_at,
	    'updated_at', t.updated_at)
	from public.assistant_tests t
	cross join lateral callward.trial_interrupted(t.status, t.started_at)
	    as dead
	left join public.assistants a
	    on a.user_id = t.user_id and a.id = t.assistant_id
	where t.user_id = (select callward.current_user_id())
	    and (one is null or t.id = one);
end $$;

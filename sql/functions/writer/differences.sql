-- What a second final report says otherwise than the call does.
create or replace function callward.differences(c public.calls, e public.calls)
returns jsonb
language plpgsql stable
as $$
begin
	return (select coalesce(jsonb_object_agg(name, said)
	        filter (where said <> stands), '{}')
	    from (values
		('ended_reason', to_jsonb(c.ended_reason),
		    to_jsonb(e.ended_reason)),
		('duration_seconds', to_jsonb(c.duration_seconds),
		    to_jsonb(e.duration_seconds)),
		('transcript', to_jsonb(c.transcript), to_jsonb(e.transcript)),
		('messages', c.messages, e.messages),
		('summary', to_jsonb(c.summary), to_jsonb(e.summary)),
		('analysis', c.analysis, e.analysis),
		('structured_data', c.structured_data, e.structured_data),
		('success_evaluation', to_jsonb(c.success_evaluation),
		    to_jsonb(e.success_evaluation)),
		('cost_usd', to_jsonb(c.cost_usd), to_jsonb(e.cost_usd)),
		('details', '{}', (select jsonb_object_agg(key, value)
		    from jsonb_each(e.details - 'recording')
		    where c.details -> key is distinct from value))
	    ) as compared (name, stands, said));
end $$;

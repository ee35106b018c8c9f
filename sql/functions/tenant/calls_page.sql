-- A page as it is answered, read under the policies. Its own plan, made once:
-- planning took longer than reading. The sessions are asked, once, where a call
-- has no report yet; one that we ended ourselves has none.
--
-- set: plan_cache_mode = force_generic_plan
create or replace function callward.calls_page(
	most integer, after_at timestamptz, after_id uuid,
	f callward.call_filter)
returns json
language plpgsql stable
as $$
declare
	me constant text := callward.current_user_id();
	w constant callward.walk := callward.list_calls(most + 1, after_at,
	    after_id, f);
begin
	return (with told as (
		select jsonb_object_agg(call_id, vapi_call_id) as ids
		from callward.tenant_sessions(w.ids[1:most])
	), page as (
		select c.id, c.assistant_id, c.phone_number_id,
		    c.caller_phone_number, c.assistant_phone_number,
		    c.twilio_call_sid,
		    coalesce(c.vapi_call_id, case when c.ended_reason is null
		        or c.ended_reason not like 'callward-%' then (
		            select ids ->> c.id::text from told) end)
		        as vapi_call_id,
		    c.status, c.owner_rule,
		    c.stir_verstat, c.ended_reason, c.started_at, c.ended_at,
		    c.duration_seconds,
		    callward.recording_of(c.recording_url, c.details)
		        is not null as has_recording, c.summary,
		    c.success_evaluation, c.intent, c.cost_usd, c.after_hours,
		    c.caller_name, c.missed,
		    c.is_test, c.follow_up_state, c.tags, c.created_at,
		    c.updated_at
		from public.calls c
		where c.user_id = me and c.id = any (w.ids[1:most])
	), last as (
		select created_at as at, id from page
		where id = w.ids[most] and cardinality(w.ids) > most
		union all
		select w.reached_at, w.reached_id
		where w.reached_at is not null
	)
	select json_build_object(
	    'data', coalesce(json_agg(page
	        order by created_at desc, id desc), '[]'),
	    'next_cursor', (select to_char(at at time zone 'UTC',
	        'YYYY-MM-DD"T"HH24:MI:SS.US"Z_"') || id from last),
	    'indexing', callward.indexing())
	from page);
end $$;

-- One call, with all that was said.
create or replace function callward.call_json(call_id uuid) returns json
language plpgsql stable
as $$
begin
	return (select json_build_object(
	    'id', c.id, 'assistant_id', c.assistant_id,
	    'assistant_name', a.name, 'phone_number_id', c.phone_number_id,
	    'phone_number', n.phone_number, 'phone_number_label', n.label,
	    'caller_phone_number', c.caller_phone_number,
	    'caller_name', c.caller_name,
	    'assistant_phone_number', c.assistant_phone_number,
	    'twilio_call_sid', c.twilio_call_sid,
	    'vapi_call_id', coalesce(c.vapi_call_id, (select vapi_call_id
	        from callward.tenant_sessions(array[c.id]))),
	    'status', c.status,
	    'owner_rule', c.owner_rule, 'stir_verstat', c.stir_verstat,
	    'ended_reason', c.ended_reason, 'started_at', c.started_at,
	    'ended_at', c.ended_at, 'duration_seconds', c.duration_seconds,
	    'has_recording', callward.recording_of(c.recording_url,
	        c.details) is not null,
	    'transcript', c.transcript, 'messages', c.messages,
	    'summary', c.summary, 'analysis', c.analysis,
	    'structured_data', c.structured_data, 'intent', c.intent,
	    'success_evaluation', c.success_evaluation,
	    'cost_usd', c.cost_usd,
	    'details', coalesce(c.details - '{recording,caller_name,intent}'
	        ::text[], '{}'),
	    'missed', c.missed, 'after_hours', c.after_hours,
	    'is_test', c.is_test, 'follow_up_state', c.follow_up_state,
	    'follow_up_note', c.follow_up_note, 'follow_up_by', c.follow_up_by,
	    'follow_up_by_id', c.follow_up_by_id,
	    'follow_up_at', c.follow_up_at, 'tags', c.tags, 'notes', c.notes,
	    'revisions', c.revisions, 'created_at', c.created_at,
	    'updated_at', c.updated_at)
	from public.calls c
	left join public.assistants a
	    on a.user_id = c.user_id and a.id = c.assistant_id
	left join public.phone_numbers n
	    on n.user_id = c.user_id and n.id = c.phone_number_id
	where c.user_id = (select callward.current_user_id())
	    and c.id = call_json.call_id);
end $$;

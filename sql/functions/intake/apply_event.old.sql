-- As programs ask that do not know reports by a digest.
--
-- until: 0.1.0
create or replace function callward.apply_event(
	user_id text, call_id uuid, assistant_id uuid, phone_number_id uuid,
	caller_phone_number text, assistant_phone_number text, metadata jsonb,
	vapi_call_id text, twilio_call_sid text, event_type text, status text,
	ended_reason text, told jsonb, transcript text, messages jsonb,
	summary text, analysis jsonb, structured_data jsonb, body_sha256 bytea,
	body_bytes integer, details jsonb default null, line uuid default null,
	received_at timestamptz default null)
returns callward.filing
language plpgsql
as $$
begin
	return callward.apply_event(user_id, call_id, assistant_id,
	    phone_number_id, caller_phone_number, assistant_phone_number,
	    metadata, vapi_call_id, twilio_call_sid, event_type, status,
	    ended_reason, told, transcript, messages::text, summary,
	    analysis::text, structured_data::text, body_sha256, body_bytes,
	    details, line, received_at, null::bytea);
end $$;

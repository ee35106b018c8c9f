-- tenant_calls: one page of the tenant's calls, newest first
-- role: tenant
-- caller: api_calls
-- params: limit integer, after_at timestamptz, after_id uuid, status text,
--   number text, since timestamptz, until timestamptz, words text,
--   follow_up text, outcome text, tag text, intent text,
--   phone_number_id uuid
-- columns: page json
with page as (
	select c.id, c.assistant_id, c.phone_number_id, c.caller_phone_number,
	    c.assistant_phone_number, c.twilio_call_sid, c.vapi_call_id,
	    c.status, c.owner_rule, c.stir_verstat, c.ended_reason,
	    c.started_at, c.ended_at, c.duration_seconds,
	    c.recording_url is not null as has_recording, c.summary,
	    c.success_evaluation, c.intent, c.cost_usd, c.after_hours,
	    c.is_test, c.follow_up_state, c.tags, c.created_at, c.updated_at,
	    row_number() over (order by c.created_at desc, c.id desc) as place
	from callward.list_calls($1::integer + 1, $2::timestamptz, $3::uuid,
	    $4::text, $5::text, $6::timestamptz, $7::timestamptz, $8::text,
	    $9::text, $10::text, $11::text, $12::text, $13::uuid) l
	join public.calls c on c.id = l.id
	    and c.user_id = (select callward.current_user_id())
)
select json_build_object(
    'data', coalesce(json_agg(to_jsonb(page) - 'place' order by place)
        filter (where place <= $1::integer), '[]'),
    'next_cursor', max(to_char(created_at at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.US"Z_"') || id)
        filter (where place = $1::integer and $1::integer < (
            select count(*) from page)))
from page;

-- tenant_calls: one page of the tenant's calls, newest first
-- role: tenant
-- caller: api_calls
-- params: limit integer, after_at timestamptz, after_id uuid, status text,
--   number text, since timestamptz, until timestamptz, words text
-- columns: page json
with page as (
	select id, assistant_id, phone_number_id, caller_phone_number,
	    assistant_phone_number, twilio_call_sid, vapi_call_id, status,
	    owner_rule, stir_verstat, ended_reason, started_at, ended_at,
	    duration_seconds, recording_url is not null as has_recording,
	    summary, success_evaluation, cost_usd, created_at, updated_at,
	    row_number() over (order by created_at desc, id desc) as place
	from public.calls
	where user_id = (select callward.current_user_id())
	    and ($2::timestamptz is null
	        or (created_at, id) < ($2::timestamptz, $3::uuid))
	    and ($4::text is null or status = $4::text)
	    and ($5::text is null or caller_phone_number = $5::text
	        or assistant_phone_number = $5::text
	        or forwarded_from = $5::text)
	    and ($6::timestamptz is null or created_at >= $6::timestamptz)
	    and ($7::timestamptz is null or created_at < $7::timestamptz)
	    and ($8::text is null
	        or strpos(lower(transcript), lower($8::text)) > 0
	        or strpos(lower(summary), lower($8::text)) > 0)
	order by created_at desc, id desc
	limit $1::integer + 1
)
select json_build_object(
    'data', coalesce(json_agg(to_jsonb(page) - 'place' order by place)
        filter (where place <= $1::integer), '[]'),
    'next_cursor', max(to_char(created_at at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.US"Z_"') || id)
        filter (where place = $1::integer and $1::integer < (
            select count(*) from page)))
from page;

-- operator_call_show: the session of a call, and what was sealed into it; no
--   row: none was made. A call that was bound before there were sessions has
--   both in its own row.
-- role: operator
-- caller: show
-- params: id uuid
-- columns: what text, value text
with call as (
	select coalesce(c.vapi_call_id, s.vapi_call_id) as vapi_call_id,
	    s.created_at, case when s.seal is null then c.metadata::text
	    else json_build_object('user_id', c.user_id,
	        'assistant_id', s.assistant_id,
	        'phone_number_id', s.phone_number_id,
	        'caller_phone_number', case when s.is_withheld is null
	            then c.caller_phone_number end,
	        'assistant_phone_number', c.assistant_phone_number,
	        'call_id', c.id, 'seal', s.seal)::text end as metadata
	from public.calls c
	left join callward.sessions s
	    on s.user_id = c.user_id and s.call_id = c.id
	where c.user_id = (select callward.current_user_id()) and c.id = {id}
)
select v.what, v.value
from call, lateral (values (1, 'vapi_call_id', vapi_call_id),
    (2, 'since', to_char(created_at at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
    (3, 'metadata', metadata)) v (nth, what, value)
where (vapi_call_id is not null or metadata is not null)
    and v.value is not null
order by v.nth;

-- operator_number_list: the numbers of one tenant, or of all
-- role: operator
-- caller: number_list_run, doctor_numbers
-- params: user_id text?
-- columns: user_id text, phone_number text, status text, match_rule text,
--   assistant_id uuid, vapi_assistant_id text, fallback_number text,
--   label text, id uuid, assistant_phone_number text, proof text
-- proof: how far the tenant of a pending number has come by itself.
select n.user_id, n.phone_number, n.status, n.match_rule, n.assistant_id,
    n.vapi_assistant_id, n.fallback_number, n.label, n.id,
    n.assistant_phone_number,
    (select case when bool_or(v.state = 'waiting_operator') then 'proven'
            when bool_or(v.state = 'proven') then 'answers' end
        from callward.verifications v
        where n.status = 'pending' and v.user_id = n.user_id
            and v.phone_number_id = n.id) as proof
from public.phone_numbers n
where {user_id} is null or n.user_id = {user_id}
order by n.user_id, n.phone_number, n.id;

-- operator_call_owner: whose call it is
-- role: operator
-- caller: act_for_owner
-- params: id uuid
-- columns: user_id text
select user_id from public.calls where id = {id};

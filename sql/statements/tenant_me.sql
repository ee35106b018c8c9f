-- tenant_me: who the tenant is, and what there is of theirs
-- role: tenant
-- caller: api_me
-- params: none
-- columns: me json
select json_build_object(
    'user_id', callward.current_user_id(),
    'assistants', (select count(*) from public.assistants
        where user_id = (select callward.current_user_id())),
    'phone_numbers', (select count(*) from public.phone_numbers
        where user_id = (select callward.current_user_id())));

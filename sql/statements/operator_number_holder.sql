-- operator_number_holder: the tenant for whom a number is active
-- role: operator
-- caller: refuse_other_holder
-- params: phone_number text
-- columns: user_id text
-- Runs as callward_resolver.
select user_id from public.phone_numbers
where phone_number = {phone_number} and status = 'active';

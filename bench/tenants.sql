-- The tenants of a bench and their numbers, as many for each; number n is
-- +1555 and n.
-- Variables: tenants; each, how many numbers a tenant has.

insert into public.assistants (id, user_id, name, vapi_assistant_id)
select md5('a' || t)::uuid, 'user_bench_' || lpad(t::text, 7, '0'),
    'Front desk', md5('va' || t)
from generate_series(0, :tenants - 1) t;

insert into public.phone_numbers (id, user_id, phone_number, assistant_id,
    status)
select md5('n' || n)::uuid, 'user_bench_' || lpad((n / :each)::text, 7, '0'),
    '+1555' || lpad(n::text, 7, '0'), md5('a' || n / :each)::uuid, 'active'
from generate_series(0, :tenants * :each - 1) n;

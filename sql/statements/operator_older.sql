-- operator_older: is one of the older application's seven tables here, and
--     does one of the roles of Supabase's own interface exist?
-- role: operator
-- caller: apply_all
-- params: none
-- columns: older boolean, anon boolean, authenticated boolean
select exists (select from pg_catalog.pg_class
        where relnamespace = 'public'::pg_catalog.regnamespace
        and relname in ('assistants', 'phone_numbers', 'assistant_tests',
            'intents', 'subscriptions', 'working_hours', 'calls')) as older,
    exists (select from pg_catalog.pg_roles where rolname = 'anon') as anon,
    exists (select from pg_catalog.pg_roles where rolname = 'authenticated')
        as authenticated;

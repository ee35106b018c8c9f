-- alone
create index concurrently if not exists calls_missed
    on public.calls (user_id, created_at desc, id desc)
    include (status, is_test) where missed;

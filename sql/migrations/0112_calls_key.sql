-- alone
create unique index concurrently if not exists calls_by_id
    on public.calls (id, user_id);

-- alone
create index concurrently if not exists calls_transferred
    on public.calls (user_id, created_at desc, id desc)
    where details ?| '{transfers,forwarded_to}';

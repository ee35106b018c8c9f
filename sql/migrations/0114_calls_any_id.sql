-- alone
drop index concurrently if exists public.calls_any_id;

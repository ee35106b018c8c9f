-- Words that calls have now were made by an earlier version, without notes and
-- with accents. They are used until the responder has made new ones, after
-- those of new calls. One batch, which notes every tenant that has calls.
do $$
begin
	alter table public.calls no force row level security;
	insert into callward.to_reindex (user_id)
	with recursive tenants (user_id) as (
		select min(user_id) from public.calls
		union all
		select (select min(user_id) from public.calls
		    where user_id > t.user_id)
		from tenants t where t.user_id is not null
	)
	select user_id from tenants where user_id is not null
	on conflict do nothing;
	alter table public.calls force row level security;
	perform set_config('callward.backfill', '', true);
end $$;

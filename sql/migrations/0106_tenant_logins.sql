-- Which id of a token leads to which tenant, where that is not the id itself.
-- For the operator alone; callward.tenant_enter reads it for every request.
create table callward.tenant_logins (
	login text collate "C" primary key
	    check (length(login) <= 64 and login ~ '^[A-Za-z0-9_-]+$'),
	user_id text collate "C" not null
	    check (length(user_id) <= 64 and user_id ~ '^[A-Za-z0-9_-]+$'),
	linked_at timestamptz not null default now()
);
create index tenant_logins_tenant on callward.tenant_logins (user_id);
alter table callward.tenant_logins
    alter login set statistics 0, alter user_id set statistics 0;
alter table callward.tenant_logins owner to callward_owner;

do $$
declare
	outside text;
begin
	select string_agg(r, ', ') into outside
	from unnest(array['public', 'anon', 'authenticated']) r
	where r = 'public' or exists (select from pg_roles where rolname = r);
	execute format('revoke all on callward.tenant_logins from %s', outside);
end $$;

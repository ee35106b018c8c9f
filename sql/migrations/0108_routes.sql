-- Whose a number is, and when: what decides about a call before its tenant is
-- known, and nothing else. A trigger of public.phone_numbers writes it and the
-- resolver reads it. A period without an end is the one of now, and begins behind
-- those that ended, of which none overlap; version rises with every change.
create sequence callward.routes_version;
create table callward.routes (
	version bigint primary key default nextval('callward.routes_version'),
	number text not null check (number ~ '^\+[1-9][0-9]{5,14}$'),
	rule text not null
	    check (rule in ('from', 'forwarded_from', 'diversion', 'to')),
	user_id text collate "C" not null,
	phone_number_id uuid not null,
	active_from timestamptz not null,
	active_until timestamptz check (active_until >= active_from),
	-- a number is a range of one, for which no extension is needed
	constraint routes_apart exclude using gist (
	    int8range(number::bigint, number::bigint, '[]') with =,
	    tstzrange(active_from, active_until) with &&)
	    where (active_until is not null)
);
create unique index routes_open on callward.routes (number)
    where active_until is null;
create index routes_past on callward.routes (number, active_until)
    where active_until is not null;
alter table callward.routes
    alter number set statistics 0, alter user_id set statistics 0,
    alter phone_number_id set statistics 0;
alter sequence callward.routes_version owner to callward_owner;
alter table callward.routes owner to callward_owner;

do $$
declare
	outside text;
begin
	select string_agg(r, ', ') into outside
	from unnest(array['public', 'anon', 'authenticated']) r
	where r = 'public' or exists (select from pg_roles where rolname = r);
	execute format('revoke all on callward.routes from %s', outside);
	execute format('revoke all on sequence callward.routes_version from %s',
	    outside);
end $$;

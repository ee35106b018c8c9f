-- Which calls wait for their words. Whoever writes a call puts it in here; a
-- worker takes it away with that call locked, so that neither forgets what the
-- other has done.
create table callward.to_index (
	user_id text collate "C" not null,
	call_id uuid not null,
	at timestamptz not null default now(),
	due_at timestamptz not null default now(),
	tries integer not null default 0,
	constraint to_index_key primary key (user_id, call_id)
);

-- Whose calls a worker has in hand, until when, and which state of each call
-- its words are made of.
create table callward.index_turns (
	user_id text collate "C" constraint index_turns_key primary key,
	token uuid not null constraint index_turns_token unique,
	until timestamptz not null,
	calls uuid[] not null default '{}',
	versions xid[] not null default '{}',
	is_older boolean not null default false
);

-- Whose older calls have words that an earlier version made, and how far back
-- they were made anew.
create table callward.to_reindex (
	user_id text collate "C" constraint to_reindex_key primary key,
	before_at timestamptz not null default 'infinity',
	before_id uuid not null default '00000000-0000-0000-0000-000000000000'
);

alter table callward.to_index alter user_id set statistics 0,
    owner to callward_owner;
alter table callward.index_turns alter user_id set statistics 0,
    owner to callward_owner;
alter table callward.to_reindex alter user_id set statistics 0,
    owner to callward_owner;

-- Words come by the batch, behind the answers: what waits in the index may be
-- more before it is put in order, which then takes less.
alter index public.calls_search_words set (gin_pending_list_limit = 1024);

-- What is searched for, as the program has split it, and which of the calls
-- without words have it.
alter type callward.call_filter
    add attribute terms text[],
    add attribute waiting uuid[];

-- What is long is compressed by lz4, where the server has it.
do $$
begin
	alter table public.calls
	    alter transcript set compression lz4,
	    alter messages set compression lz4,
	    alter search_words set compression lz4;
exception
	when feature_not_supported then
		null;
end $$;

do $$
declare
	outside text;
begin
	select string_agg(r, ', ') into outside
	from unnest(array['public', 'anon', 'authenticated']) r
	where r = 'public' or exists (select from pg_roles where rolname = r);
	execute format('revoke all on callward.to_index from %s', outside);
	execute format('revoke all on callward.index_turns from %s', outside);
	execute format('revoke all on callward.to_reindex from %s', outside);
end $$;

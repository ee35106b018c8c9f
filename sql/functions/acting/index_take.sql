-- Take some calls that wait for their words, all of one tenant: the next one
-- after the tenant "after" (next_to_index). No other worker gets that tenant
-- until index_put has come or the token expires, after fifteen seconds. If none
-- wait, some calls whose words an earlier version made. content null: the call
-- is gone, or cannot be read now (trouble, an SQLSTATE). No rows: nothing
-- waits.
--
-- execute: callward_tenant
-- set: plan_cache_mode = force_generic_plan
-- set: enable_seqscan = off
create or replace function callward.index_take(after text, most integer)
returns table (tenant text, token uuid, call_id uuid, content text,
	place text, trouble text)
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	bytes bigint := 0;
	ids uuid[] := '{}';
	states xid[] := '{}';
	older boolean := false;
	version xid;
	c record;
begin
	claims := set_config('request.jwt.claims', '', true);
	if pg_is_in_recovery() then
		return;
	end if;
	-- if a crash loses this turn, another worker takes the tenant
	perform set_config('synchronous_commit', 'off', true);
	-- again where the tenant had none: its older words were all done
	while ids = '{}' loop
		delete from callward.index_turns t where t.token = index_take.token;
		tenant := callward.next_to_index(after);
		token := gen_random_uuid();
		insert into callward.index_turns as t (user_id, token, until)
		select tenant, token, now() + interval '15 seconds'
		where tenant is not null
		on conflict on constraint index_turns_key do update
		set token = excluded.token, until = excluded.until
		where t.until < now();
		exit when not found;
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', tenant)::text, true);
		for c in select * from callward.calls_to_index(tenant, most)
		loop
			call_id := c.call_id;
			content := null;
			place := null;
			version := null;
			trouble := null;
			begin
				select t.content, t.place, t.version
				into content, place, version
				from callward.searched_text(call_id) t;
			exception when others then
				trouble := sqlstate;
				perform callward.index_later(call_id);
			end;
			ids := ids || call_id;
			states := states || version;
			older := c.is_older;
			return next;
			bytes := bytes + coalesce(octet_length(content), 0);
			exit when bytes > 1048576;
		end loop;
	end loop;
	update callward.index_turns t
	set calls = ids, versions = states, is_older = older
	where t.token = index_take.token;
	claims := set_config('request.jwt.claims', '', true);
end $$;

-- Store the words of the calls that were taken with this token, as
-- {"call id": "words"}, each word with its place in front. Returns the calls
-- that did not get theirs: one that was changed since stays in the queue; one
-- that failed (trouble, an SQLSTATE) is retried later. Does nothing when the
-- token had expired and another worker has taken the tenant since. Calls stay
-- locked to the end, and a message about one waits for a second at most: so
-- after half a second the remaining calls are left in the queue.
--
-- execute: callward_tenant
-- set: plan_cache_mode = force_generic_plan
-- set: enable_seqscan = off
create or replace function callward.index_put(token uuid, words jsonb)
returns table (call_id uuid, trouble text)
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	since constant timestamptz := clock_timestamp();
	turn callward.index_turns;
	done uuid[] := '{}';
	version xid;
begin
	claims := set_config('request.jwt.claims', '', true);
	select * into turn from callward.index_turns
	where token = index_put.token for update;
	if not found then
		return;
	end if;
	-- a crash undoes the words and the changes of the queue together
	perform set_config('synchronous_commit', 'off', true);
	claims := set_config('request.jwt.claims',
	    json_build_object('sub', turn.user_id)::text, true);
	for call_id, version in
		select * from unnest(turn.calls, turn.versions) loop
		if done <> '{}' and clock_timestamp()
		    > since + interval '500 milliseconds' then
			trouble := null;
			return next;
			continue;
		end if;
		begin
			if callward.put_words(turn.user_id, call_id, version,
			    string_to_array(words ->> call_id::text, ' ')) then
				done := done || call_id;
			else
				trouble := null;
				return next;
			end if;
		exception when others or query_canceled then
			trouble := sqlstate;
			perform callward.index_later(index_put.call_id);
			return next;
			-- the statement's timeout comes once
			exit when trouble = '57014';
		end;
	end loop;
	delete from callward.to_index
	where user_id = turn.user_id and call_id = any (done);
	if turn.is_older then
		perform callward.reindexed(turn.user_id, turn.calls, done);
	end if;
	delete from callward.index_turns where token = index_put.token;
	claims := set_config('request.jwt.claims', '', true);
end $$;

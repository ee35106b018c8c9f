-- The words of what was taken with this token: {"call id": "words"}, each word with
-- its place in front. Returned are those that have none now. A call that
-- has changed since waits for another turn; one that cannot have its words
-- (trouble) for a while. Does nothing when the token has served its time and
-- another worker has the tenant. Calls stay locked to the end, and messages
-- about them wait for no more than a second: what is not done within half of
-- one waits for another turn, as does the rest of what is too much for one.
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
	-- words are lost with the server together with what is done here
	-- about the queue
	perform set_config('synchronous_commit', 'off', true);
	claims := set_config('request.jwt.claims',
	    json_build_object('sub', turn.user_id)::text, true);
	for call_id, version in
		select * from unnest(turn.calls, turn.versions) loop
		if done <> '{}' and clock_timestamp() > statement_timestamp()
		    + interval '500 milliseconds' then
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
		exception when others then
			trouble := sqlstate;
			perform callward.index_later(index_put.call_id);
			return next;
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

-- Put a call into the queue for its words. Only the trigger derive may, for a
-- row that its tenant may write.
--
-- execute: authenticated, callward_owner, callward_tenant
create or replace function callward.queue_words(user_id text, call_id uuid)
returns void
language plpgsql
as $$
begin
	if pg_trigger_depth() = 0 then
		raise exception 'for the trigger derive alone'
		    using errcode = 'insufficient_privilege';
	end if;
	insert into callward.to_index (user_id, call_id)
	values (queue_words.user_id, queue_words.call_id)
	on conflict on constraint to_index_key do update
	set due_at = now(), tries = 0 where to_index.tries > 0;
end $$;

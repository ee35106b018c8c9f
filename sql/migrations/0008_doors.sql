-- Who owns the functions and who may execute them. Owning a function needs
-- CREATE on its schema; the right is lent for the hand-over and taken back.
-- (The operator's login may hand over because it is a member of the new
-- owners by way of callward_owner. To replace a function later, a migration
-- grants itself the owning role and revokes it again.)

do $$
declare
	asking constant text[] := array['owner_of_number', 'owner_of_call',
	    'vapi_call_taken', 'call_taken', 'call_of_vapi'];
	doors constant text[] := array['open_call', 'bind_session',
	    'settle_call', 'find_answer', 'apply_event', 'record_event',
	    'ping'];
	shared constant text[] := array['current_user_id', 'touch'];
	f record;
begin
	grant create on schema callward to callward_writer, callward_resolver;
	for f in
		select oid::regprocedure as name, proname from pg_proc
		where pronamespace = 'callward'::regnamespace
		    and proname <> all (shared)
	loop
		execute format('revoke all on function %s from public', f.name);
		if f.proname = any (asking) then
			execute format('grant execute on function %s'
			    ' to callward_writer', f.name);
			execute format('alter function %s'
			    ' owner to callward_resolver', f.name);
		else
			if f.proname = any (doors) then
				execute format('grant execute on function %s'
				    ' to callward_intake', f.name);
			end if;
			execute format('alter function %s'
			    ' owner to callward_writer', f.name);
		end if;
	end loop;
	revoke create on schema callward from callward_writer,
	    callward_resolver;
end $$;

-- What the front desk may not, whatever the caller's own policies are: a
-- function of the writer's stands behind them. Nobody finds nothing.
create or replace function callward.require_owner() returns void
language plpgsql
as $$
begin
	if callward.current_user_id() is not null
	    and nullif(current_setting('request.jwt.claims', true), '')::jsonb
	    ->> 'callward_role' is distinct from 'owner' then
		raise exception 'for the owner of a clinic'
		    using errcode = 'insufficient_privilege';
	end if;
end $$;

-- Refuse the front desk. For functions of the writer, which the policies of the
-- owner's tables do not bind. Without a tenant it does nothing: then no row is
-- found anyway.
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

-- The audit of two tenants: first a line for each problem that the catalog
-- shows, then one for each cell. A cell of "copy" comes without an outcome:
-- only a client can copy. It gets what to try, as whom.
create or replace function callward.isolation(a text, b text)
returns table (role name, tab regclass, command text, kind text,
    outcome text, verdict text, claims text, me text, copy_out text,
    copy_in text)
language plpgsql
as $$
#variable_conflict use_variable
declare
	cell record;
begin
	set local lock_timeout = '5s';
	command := 'catalog';
	verdict := 'leak';
	for tab, outcome in select * from callward.audit_problems() loop
		return next;
	end loop;
	-- While nobody was ever set in this session, nothing shows either.
	kind := 'unset';
	command := 'select';
	for role, tab in select * from callward.acting_roles(),
	    callward.audited_tables()
	    where coalesce(current_setting('request.jwt.claims', true), '') = ''
	loop
		outcome := callward.audit_try(role, null,
		    format('select from %s limit 1', tab), false);
		if outcome = '1' then
			return next;
		end if;
	end loop;

	role := null;
	kind := null;
	command := 'catalog';
	for tab, outcome in select * from callward.audit_derived() loop
		return next;
	end loop;

	perform callward.audit_rows(array[a, b]);
	for cell in
		select r as role, t as tab, c.command, k.*
		from callward.acting_roles() r
		cross join callward.audited_tables() t
		cross join unnest(array['select', 'insert', 'update', 'delete',
		    'upsert', 'refer', 'truncate', 'copy'])
		    with ordinality as c (command, place)
		cross join callward.audit_kinds(a, b) k
		order by r, t::text, c.place, k.nth
	loop
		role := cell.role;
		tab := cell.tab;
		command := cell.command;
		kind := cell.kind;
		outcome := null;
		verdict := null;
		claims := cell.claims[1];
		me := cell.me;
		copy_out := null;
		copy_in := null;
		if command = 'copy' then
			copy_out := format('copy %s (user_id) to stdout', tab);
			copy_in := format('copy %s (user_id) from stdin', tab);
		else
			select o.outcome, o.verdict into outcome, verdict
			from callward.audit_run(role, tab, command, kind,
			    cell.claims, cell.me, cell.other) o;
		end if;
		return next;
	end loop;
end $$;

-- The isolation audit: what each role that acts for a tenant can do to
-- another tenant's rows, asked of the catalog and then tried. Everything
-- happens in the caller's transaction, which the caller rolls back.
--
-- The operator's login runs it. To try what the dashboard's role can do, it
-- must be able to become it, as it can become the writer.

do $$
begin
	if not pg_has_role('callward_owner', 'callward_tenant', 'member') then
		grant callward_tenant to callward_owner;
	end if;
end $$;

-- The audit puts rows of its own into every tenant table; into this one
-- nobody could.
grant select, insert (id, user_id) on public.subscriptions to callward_writer;

-- Every table of schema public that names a user, whoever owns it: one that
-- nobody thought of is the one to look at.
create function callward.audited_tables() returns setof regclass
language sql stable set search_path = ''
begin atomic
	select c.oid::regclass
	from pg_catalog.pg_class c
	where c.relnamespace = 'public'::regnamespace
	    and c.relkind in ('r', 'p') and not c.relispartition
	    and exists (select from pg_catalog.pg_attribute a
	        where a.attrelid = c.oid and a.attname = 'user_id'
	            and not a.attisdropped)
	    and not exists (select from pg_catalog.pg_depend d
	        where d.classid = 'pg_class'::regclass and d.objid = c.oid
	            and d.deptype = 'e')
	order by c.relname;
end;

-- The roles that act for a tenant, as far as the login can become them: those
-- that a policy on user_id is for.
create function callward.acting_roles() returns setof name
language sql stable set search_path = ''
begin atomic
	select distinct r.rolname
	from pg_catalog.pg_policy p
	join pg_catalog.pg_roles r on r.oid = any (p.polroles)
	where p.polrelid in (select callward.audited_tables())
	    and p.polname = 'tenant_wall'
	    and pg_catalog.pg_has_role(current_user, r.oid, 'member')
	order by 1;
end;

-- "(columns) values (values)" of a row of this tenant: what must be given,
-- and a number that nobody can have (no country is +999).
create function callward.audit_row(
	tab regclass, tenant text, nth integer, more text, given text)
returns text
language sql stable set search_path = ''
begin atomic
	select format('(%s%s) values (%s%s)',
	    pg_catalog.string_agg(quote_ident(a.attname), ', '
	        order by a.attnum), ', ' || more,
	    pg_catalog.string_agg(case
	        when a.attname = 'user_id' then quote_literal(tenant)
	        when a.attname = 'phone_number'
	            then quote_literal('+9990000000' || nth)
	        when t.typname = 'uuid' then 'gen_random_uuid()'
	        when t.typname in ('json', 'jsonb') then quote_literal('{}')
	        when t.typcategory = 'S' then quote_literal('x')
	        when t.typcategory = 'N' then '1'
	        when t.typcategory = 'B' then 'false'
	        when t.typcategory = 'D' then 'now()'
	        else 'null' end, ', ' order by a.attnum), ', ' || given)
	from pg_catalog.pg_attribute a
	join pg_catalog.pg_type t on t.oid = a.atttypid
	where a.attrelid = tab and a.attnum > 0 and not a.attisdropped
	    and a.attidentity = '' and a.attgenerated = ''
	    and (a.attname in ('user_id', 'phone_number')
	        or a.attnotnull and not a.atthasdef);
end;

-- A statement tried as a role with these claims (null: as they are), and
-- undone unless it is to stay: how many rows it touched, or why not.
create function callward.audit_try(
	role name, claims text, statement text, stay boolean)
returns text
language plpgsql set search_path = ''
as $$
declare
	rows bigint;
	before text := current_setting('role');
begin
	if claims is not null then
		perform set_config('request.jwt.claims', claims, true);
	end if;
	perform set_config('role', role, true);
	execute statement;
	get diagnostics rows = row_count;
	if not stay then
		raise exception using errcode = 'CW001', message = rows;
	end if;
	perform set_config('role', before, true);
	return rows;
exception
	when sqlstate 'CW001' then
		return sqlerrm;
	when insufficient_privilege then
		return case when sqlerrm like '%row-level security%'
		    then 'walled' else 'denied' end;
	when others then
		return 'error ' || sqlstate;
end $$;

-- The two tenants get a row in every table, as the first role that may.
create function callward.audit_rows(tenants text[]) returns void
language plpgsql set search_path = ''
as $$
declare
	tab regclass;
	role name;
	nth integer;
begin
	for tab in select callward.audited_tables() loop
		for nth in 1..2 loop
			foreach role in array array['callward_writer',
			    'callward_tenant', current_user] loop
				exit when callward.audit_try(role,
				    json_build_object('sub', tenants[nth])::text,
				    format('insert into %s %s', tab,
				    callward.audit_row(tab, tenants[nth], nth,
				    null, null)), true) = '1';
			end loop;
		end loop;
	end loop;
end $$;

-- The id of a tenant's row, for a key that points to it.
create function callward.audit_id(tab regclass, tenant text) returns text
language plpgsql set search_path = ''
as $$
declare
	role name;
	found_id text;
begin
	foreach role in array array['callward_writer', 'callward_tenant'] loop
		begin
			perform set_config('request.jwt.claims',
			    json_build_object('sub', tenant)::text, true);
			perform set_config('role', role, true);
			execute format('select id::text from %s'
			    ' where user_id = $1 limit 1', tab)
			into found_id using tenant;
			perform set_config('role', 'none', true);
			return found_id;
		exception when insufficient_privilege or undefined_column then
			continue;
		end;
	end loop;
	return null;
end $$;

-- What is wrong with a table before anything is tried.
create function callward.audit_problems()
returns table (tab regclass, problem text)
language sql stable set search_path = ''
begin atomic
	with audited as (
		select c.* from pg_catalog.pg_class c
		where c.oid in (select callward.audited_tables())
	), policies as (
		select p.*, array(select r.rolname::text
		        from pg_catalog.pg_roles r
		        where r.oid = any (p.polroles)) as roles,
		    pg_catalog.pg_get_expr(p.polqual, p.polrelid)
		        ~ '^\(user_id = \( SELECT callward\.current_user_id\(\)'
		        and (p.polcmd in ('r', 'd')
		            or pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
		                is not distinct from pg_catalog.pg_get_expr(
		                p.polqual, p.polrelid)) as own_rows
		from pg_catalog.pg_policy p
	)
	select a.oid::regclass, 'row level security is not enabled and forced'
	from audited a where not (a.relrowsecurity and a.relforcerowsecurity)
	union all
	select a.oid::regclass, 'no restrictive policy holds those who act for '
	    || 'a tenant to their own rows, for all commands'
	from audited a
	where not exists (select from policies p
	    where p.polrelid = a.oid and not p.polpermissive
	        and p.polcmd = '*' and p.own_rows
	        and (p.polroles = '{0}' or p.roles
	            @> array['callward_tenant', 'callward_writer']))
	union all
	select a.oid::regclass, 'policy ' || p.polname || ' opens the rows of '
	    || 'others'
	from audited a join policies p on p.polrelid = a.oid
	where p.polpermissive and p.own_rows is not true
	    and p.roles <> array['callward_resolver']
	union all
	select a.oid::regclass, 'it belongs to '
	    || pg_catalog.pg_get_userbyid(a.relowner) || ', not to callward_owner'
	from audited a
	where pg_catalog.pg_get_userbyid(a.relowner) <> 'callward_owner'
	union all
	select distinct a.oid::regclass, v.oid::regclass::text
	    || ' reads it with the rights of its owner'
	from audited a
	join pg_catalog.pg_depend d on d.refclassid = 'pg_class'::regclass
	    and d.refobjid = a.oid and d.classid = 'pg_rewrite'::regclass
	join pg_catalog.pg_rewrite w on w.oid = d.objid
	join pg_catalog.pg_class v on v.oid = w.ev_class
	where v.relkind = 'm' or v.relkind = 'v' and not coalesce(
	    v.reloptions && array['security_invoker=true',
	        'security_invoker=on'], false);
end;

-- The statements of a table's cells: what the tenant me may do there as a
-- control (null where there is none), and what must not touch a row of
-- other's. Where nobody is set, me is null.
create function callward.audit_statements(
	role name, tab regclass, me text, other text, command text,
	out control text, out attacks text[])
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	col text := (select quote_ident(a.attname)
	    from pg_catalog.pg_attribute a
	    where a.attrelid = audit_statements.tab and a.attnum > 0
	        and not a.attisdropped and pg_catalog.has_column_privilege(
	            audit_statements.role, audit_statements.tab, a.attnum,
	            'update')
	    order by a.attname = 'user_id', a.attnum limit 1);
	with_id boolean := exists (select from pg_catalog.pg_attribute a
	    where a.attrelid = audit_statements.tab and a.attname = 'id'
	        and pg_catalog.has_column_privilege(audit_statements.role,
	            audit_statements.tab, a.attnum, 'insert'));
	again text;
	key record;
begin
	col := coalesce(col, 'user_id');
	case command
	when 'select' then
		attacks := array[format('select from %s where user_id <> %L'
		    ' limit 1', tab, coalesce(me, ''))];
		if me is null then
			attacks := attacks || format('select from %s limit 1', tab);
		end if;
		control := format('select from %s where user_id = %L limit 1',
		    tab, me);
	when 'insert' then
		attacks := array[format('insert into %s %s', tab,
		    callward.audit_row(tab, other, 3, null, null))];
		control := format('insert into %s %s', tab,
		    callward.audit_row(tab, me, 3, null, null));
	when 'update' then
		attacks := array[
		    format('update %s set %s = %2$s where user_id = %L', tab, col,
		        other),
		    format('update %s set user_id = %L where user_id = %L', tab,
		        other, coalesce(me, other))];
		control := format('update %s set %s = %2$s where user_id = %L',
		    tab, col, me);
	when 'delete' then
		attacks := array[format('delete from %s where user_id = %L', tab,
		    other)];
		control := format('delete from %s where user_id = %L', tab, me);
	when 'upsert' then
		again := format(' on conflict (user_id, id) do update'
		    ' set %s = excluded.%1$s', col);
		attacks := array[format('insert into %s %s%s', tab,
		    callward.audit_row(tab, other, 3, case when with_id
		        then 'id' end, case when with_id then quote_literal(
		        callward.audit_id(tab, other)) end), again)];
		control := format('insert into %s %s%s', tab,
		    callward.audit_row(tab, me, 3, null, null), again);
	when 'refer' then
		attacks := '{}';
		for key in
			select quote_ident(a.attname) as name,
			    k.confrelid::regclass as target
			from pg_catalog.pg_constraint k
			join pg_catalog.pg_attribute a on a.attrelid = k.conrelid
			    and a.attnum = k.conkey[array_upper(k.conkey, 1)]
			where k.conrelid = audit_statements.tab and k.contype = 'f'
			    and k.confrelid in (select callward.audited_tables())
			order by k.conname
		loop
			attacks := attacks || format('insert into %s %s', tab,
			    callward.audit_row(tab, coalesce(me, other), 3,
			    key.name, quote_literal(callward.audit_id(key.target,
			    other))));
			control := format('insert into %s %s', tab,
			    callward.audit_row(tab, me, 3, key.name,
			    quote_literal(callward.audit_id(key.target, me))));
		end loop;
	when 'truncate' then
		attacks := array[format('truncate %s', tab)];
	end case;
end $$;

-- One cell: "own" tells what the control did, the others what the attacks
-- came to. An attack must be refused, or find nothing: one that fails for
-- another reason proves nothing. A privilege that is held although it must
-- never be is not tried out: truncating would wait for everybody.
create function callward.audit_run(
	role name, tab regclass, command text, kind text, claims text[],
	me text, other text,
	out outcome text, out verdict text)
language plpgsql set search_path = ''
as $$
declare
	s record;
	one text;
	attack text;
	seen text[] := '{}';
begin
	verdict := 'ok';
	if command in ('refer', 'truncate') and (
	    pg_catalog.has_table_privilege(role, tab, case command
	        when 'refer' then 'references' else 'truncate' end)
	    or command = 'refer' and pg_catalog.has_any_column_privilege(role,
	        tab, 'references')) then
		outcome := 'allowed';
		verdict := 'leak';
		return;
	end if;
	s := callward.audit_statements(role, tab, me, other, command);
	foreach one in array claims loop
		foreach attack in array s.attacks loop
			seen := seen || callward.audit_try(role, one, attack, false);
		end loop;
	end loop;
	select string_agg(distinct o, ' or ') into outcome from unnest(seen) o;
	if exists (select from unnest(seen) o where o ~ '^[1-9]') then
		verdict := 'leak';
	elsif exists (select from unnest(seen) o where o ~ '^error'
	    and not (kind = 'malformed' and o = 'error 22P02')
	    and not (command = 'refer' and o = 'error 23503')) then
		verdict := 'untested';
	elsif kind = 'own' and s.control is not null then
		outcome := callward.audit_try(role, claims[1], s.control, false);
		if outcome !~ '^([1-9]|denied$)' then
			verdict := 'untested';
		end if;
	end if;
	outcome := coalesce(outcome, 'denied');
end $$;

-- Who asks: each kind with its claims, the tenant that they name, and the
-- tenant whose rows must not be touched.
create function callward.audit_kinds(a text, b text)
returns table (nth integer, kind text, me text, other text, claims text[])
language sql immutable set search_path = ''
begin atomic
	select * from (values
	(1, 'own', a, b, array[json_build_object('sub', a)::text]),
	(2, 'other', b, a, array[json_build_object('sub', b)::text]),
	(3, 'none', null, a, array['{}', '{"sub":null}']),
	(4, 'empty', null, a, array['', '{"sub":""}']),
	(5, 'malformed', null, a, array[a, json_build_array(a)::text,
	    json_build_object('sub', array[a])::text,
	    json_build_object('sub', a || ' ')::text,
	    json_build_object('sub', a || ''' or true')::text,
	    json_build_object('sub', left(a, -1) || '%')::text]))
	as kinds (nth, kind, me, other, claims);
end;

-- The audit of two tenants: first a line for each problem that the catalog
-- shows, then one for each cell. A cell of "copy" comes without an outcome:
-- only a client can copy. It gets what to try, as whom.
create function callward.isolation(a text, b text)
returns table (role name, tab regclass, command text, kind text,
    outcome text, verdict text, claims text, me text, copy_out text,
    copy_in text)
language plpgsql set search_path = ''
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

do $$
declare
	f regprocedure;
begin
	for f in select oid from pg_proc
	    where pronamespace = 'callward'::regnamespace
	        and (proname in ('isolation', 'acting_roles', 'audited_tables')
	            or proname like 'audit\_%')
	loop
		execute format('revoke all on function %s from public', f);
		execute format('alter function %s owner to callward_owner', f);
	end loop;
	-- A login that is the owner's is to be told so by the self-check.
	set local role callward_writer;
	grant execute on function callward.ping() to callward_owner;
	reset role;
end $$;

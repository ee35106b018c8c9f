-- One cell: "own" tells what the control did, the others what the attacks
-- came to. An attack must be refused, or find nothing: one that fails for
-- another reason proves nothing. A privilege that is held although it must
-- never be is not tried out: truncating would wait for everybody.
--
-- The front desk, as callward_tenant, changes nothing but what is there for it.
--
-- A tenant's own settings, unlike other rows, are there once: one more of its
-- own is refused for that, which proves as much as one that is taken.
create or replace function callward.audit_run(
	role name, tab regclass, command text, kind text, claims text[],
	me text, other text,
	out outcome text, out verdict text)
language plpgsql
as $$
declare
	s record;
	one text;
	attack text;
	seen text[] := '{}';
	-- What only the owner writes, but for that all of its rows are seen.
	owners boolean := role = 'callward_tenant' and command <> 'select'
	    and tab::text not in ('calls', 'public.calls');
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
	elsif kind = 'desk' and s.control is not null and owners then
		seen := '{}';
		foreach one in array claims loop
			seen := seen || callward.audit_try(role, one, s.control,
			    false);
		end loop;
		select string_agg(distinct o, ' or ') into outcome
		from unnest(seen) o;
		if exists (select from unnest(seen) o
		    where o not in ('0', 'walled', 'denied')) then
			verdict := 'leak';
		end if;
	elsif kind in ('own', 'desk') and s.control is not null then
		outcome := callward.audit_try(role, claims[1], s.control, false);
		if outcome !~ '^([1-9]|denied$|error 23505$)' then
			verdict := 'untested';
		end if;
	end if;
	outcome := coalesce(outcome, 'denied');
end $$;

-- The planner's estimates go past row level security: whoever may say "explain",
-- and PostgREST does for count=planned, is told from the table's statistics how
-- many rows have a value, whosever they are. So there are none of what names a
-- clinic, a person or their words; no plan of ours needs them (bench/scale). An
-- estimate is then the same for each value, there or not. Left are ids that are
-- each some row's own, and words of ours that every clinic's rows have.
--
-- A column that is added without a statistics target is found by
-- tests/sql/47_estimates.sql.
create temporary table unseen on commit drop as
select a.attrelid::regclass as tab, a.attname as col, a.attnum as num
from pg_attribute a
where a.attrelid in (select callward.audited_tables())
    and a.attnum > 0 and not a.attisdropped
    and a.atttypid in ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype,
	'uuid'::regtype, 'json'::regtype, 'jsonb'::regtype, 'text[]'::regtype)
    and a.attname not in ('id', 'status', 'twilio_call_sid', 'vapi_call_id',
	'owner_rule', 'stir_verstat', 'ended_reason', 'follow_up_state',
	'match_rule', 'open_action', 'closed_action', 'cap_behaviour');

-- What "analyze" had found stays, since it passes such columns over. A superuser
-- takes it away, from PostgreSQL 18 on the owner does. Otherwise it is brought
-- to the least that there is, the share of the one most common value, if that
-- stands out.
do $$
declare
	u record;
	cleared boolean := to_regproc('pg_catalog.pg_clear_attribute_stats')
	    is not null;
begin
	if (select rolsuper from pg_roles where rolname = current_user) then
		delete from pg_statistic s using unseen
		where s.starelid = tab and s.staattnum = num;
		cleared := true;
	elsif cleared then
		perform pg_clear_attribute_stats(n.nspname::text,
		    c.relname::text, u.col::text,
		    false)
		from unseen u join pg_class c on c.oid = u.tab
		join pg_namespace n on n.oid = c.relnamespace;
	end if;
	for u in select tab, string_agg(format('alter %I set statistics 1',
	        col), ', ') as least, string_agg(format('alter %I set'
	        ' statistics 0', col), ', ') as none,
	    string_agg(quote_ident(col), ', ') as cols
	    from unseen group by tab
	loop
		if not cleared and exists (select from pg_class
		    where oid = u.tab and reltuples > 0) then
			execute format('alter table %s %s', u.tab, u.least);
			execute format('analyze %s (%s)', u.tab, u.cols);
			raise notice '%: the most common value may stay in the'
			    ' statistics; as a superuser: delete from'
			    ' pg_statistic where starelid = ''%''::regclass',
			    u.tab, u.tab;
		end if;
		execute format('alter table %s %s', u.tab, u.none);
	end loop;
end $$;

-- A walk looks at some of many calls in an index's order. Where they are taken
-- for few, the planner would rather read and sort all of them. (What is switched
-- off is only made dear, which is no reason to compile.)
do $$
declare
	setting text;
begin
	foreach setting in array array['enable_sort', 'enable_bitmapscan',
	    'jit'] loop
		execute format('alter function callward.walk_calls('
		    'callward.call_filter, text[], text, timestamptz, uuid,'
		    ' integer, integer) set %I = off', setting);
	end loop;
end $$;

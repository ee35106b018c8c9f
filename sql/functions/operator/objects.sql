-- What callward migrate makes and somebody could change by hand, each with a
-- digest of all that it says.
create or replace function callward.objects()
returns table (kind text, name text, digest text)
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return query
	select 'function', p.oid::regprocedure::text, md5(concat_ws(E'\n',
	    p.prosrc, pg_get_function_sqlbody(p.oid),
	    pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
	    p.provolatile, p.proparallel, p.proisstrict, p.prosecdef,
	    p.proconfig, p.proowner::regrole, (
	        select string_agg(a.grantee::text, ',' order by a.grantee)
	        from aclexplode(p.proacl) a
	        where a.grantee = 0
	            or a.grantee::regrole::text like 'callward\_%')))
	from pg_proc p
	where p.pronamespace = 'callward'::regnamespace
	union all
	select 'trigger', format('%I on %s', t.tgname, t.tgrelid::regclass),
	    md5(t.tgenabled::text || pg_get_triggerdef(t.oid))
	from pg_trigger t
	join pg_proc p on p.oid = t.tgfoid
	where not t.tgisinternal
	    and p.pronamespace = 'callward'::regnamespace
	union all
	select 'policy', format('%I on %s', p.polname, p.polrelid::regclass),
	    md5(concat_ws(E'\n', p.polcmd, p.polpermissive,
	        (select string_agg(r::regrole::text, ',' order by r)
	            from unnest(p.polroles) r),
	        pg_get_expr(p.polqual, p.polrelid),
	        pg_get_expr(p.polwithcheck, p.polrelid)))
	from pg_policy p
	where p.polname in ('tenant_rows', 'tenant_wall', 'resolver_rows',
	    'owner_adds', 'owner_changes', 'owner_removes');
end $$;

-- By what a report that comes again is known (lib/vapi/vapi_digest.h): of the
-- last one that changed the call.
alter table public.calls add column report_digest bytea;
alter table public.calls alter column report_digest set statistics 0;

-- What is large is compressed in a fraction of the time, if the server can.
do $$
declare
	large text;
begin
	if (select 'lz4' = any (enumvals) from pg_settings
	    where name = 'default_toast_compression') then
		foreach large in array array['transcript', 'messages',
		    'summary', 'analysis', 'structured_data', 'revisions'] loop
			execute format('alter table public.calls'
			    ' alter column %I set compression lz4', large);
		end loop;
	end if;
end $$;

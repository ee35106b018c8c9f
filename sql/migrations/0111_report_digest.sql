-- By what a report that comes again is known (lib/vapi/vapi_digest.h): of the
-- last one that changed the call.
alter table public.calls add column report_digest bytea;
alter table public.calls alter column report_digest set statistics 0;

-- What else can be long is compressed by lz4, too, where the server has it.
do $$
begin
	alter table public.calls
	    alter summary set compression lz4,
	    alter analysis set compression lz4,
	    alter structured_data set compression lz4,
	    alter revisions set compression lz4;
exception
	when feature_not_supported then
		null;
end $$;

-- What a list was asked for ({"status": "busy"}), as its filter. Days of the
-- clinic, both included, become the instants at which they begin and end.
create or replace function callward.asked_filter(asked jsonb)
returns callward.call_filter
language plpgsql stable
as $$
declare
	f callward.call_filter := jsonb_populate_record(
	    null::callward.call_filter, asked);
begin
	f.since := coalesce(f.since, callward.tenant_day_start(f."from"));
	f.until := coalesce(f.until, callward.tenant_day_start(f."to" + 1));
	return f;
end $$;

-- Is the end of this call in quarantine, for a reason that says nothing about
-- whose it is? Not where the Vapi id is that of two calls.
create or replace function callward.end_is_kept(vapi_call_id text, call_id uuid)
returns boolean
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return exists (select from callward.webhook_events
	    where provider_call_id = end_is_kept.vapi_call_id
	        and provider = 'vapi' and verdict = 'quarantined'
	        and reason in ('unreadable_json', 'too_large',
	            'refused_by_database')
	        and (event_type = 'end-of-call-report'
	            or event_type = 'status-update'
	                and details ->> 'status' = 'ended'))
	    and exists (select
	        from callward.call_of_vapi(end_is_kept.vapi_call_id) one
	        where one.call_id = end_is_kept.call_id);
end $$;

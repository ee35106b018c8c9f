-- A call with a value that its column does not take, in the words of a CHECK.
--
-- execute: authenticated, callward_resolver, callward_writer
create or replace function callward.refuse_call(c public.calls) returns void
language plpgsql
as $$
declare
	rule constant text := case
	    when c.user_id !~ '^[A-Za-z0-9_-]{1,64}$' then 'calls_tenant_sane'
	    when c.twilio_call_sid !~ '^CA[0-9a-fA-F]{32}$'
	        then 'calls_call_sid_sane'
	    when c.duration_seconds < 0 or c.cost_usd < 0
	        then 'calls_figures_sane'
	    when c.follow_up_state <> all ('{none,open,in_progress,done}')
	        then 'calls_follow_up_known'
	    else 'calls_status_known' end;
begin
	raise exception 'new row for relation "calls" violates check'
	    ' constraint "%"', rule using errcode = 'check_violation',
	    schema = 'public', table = 'calls', constraint = rule;
end $$;

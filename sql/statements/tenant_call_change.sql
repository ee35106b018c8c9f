-- tenant_call_change: set what the body names of follow-up, tags and notes,
--   if the call still has one of these tags; the answer holds all that was
--   said, so the reading is noted
-- role: tenant
-- caller: api_call_change
-- params: call_id uuid, body jsonb, if_match jsonb?, actor text
-- columns: outcome text, answer json, etag text
select outcome, answer, etag from (
	select outcome, answer, etag
	from callward.change_call(call_id => {call_id}, body => {body},
	    if_match => {if_match}) offset 0
) changed
where case when outcome = 'ok'
    then callward.tenant_audit(action => 'read_call',
	subject => {call_id}::text, actor => {actor})
    else true end;

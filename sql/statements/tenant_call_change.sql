-- tenant_call_change: set what the body names of follow-up, tags and notes;
--   the answer holds all that was said, so the reading is noted
-- role: tenant
-- caller: api_call_change
-- params: id uuid, body jsonb, actor text
-- columns: outcome text, answer json
select outcome, answer from (
	select outcome, answer
	from callward.change_call($1::uuid, $2::jsonb) offset 0
) changed
where case when answer is null then true
    else callward.tenant_audit('read_call', $1::text, $3::text) end;

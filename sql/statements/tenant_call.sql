-- tenant_call: one call of the tenant, with all that was said; the reading
--   is noted
-- role: tenant
-- caller: api_call
-- params: id uuid, actor text
-- columns: answer json, etag text
select call as answer, etag from (
	select callward.call_json({id}) as call,
	    callward.call_etag({id}) as etag offset 0
) found
where case when call is not null
    then callward.tenant_audit(action => 'read_call',
	subject => {id}::text, actor => {actor}) end;

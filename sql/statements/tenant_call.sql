-- tenant_call: one call of the tenant, with all that was said; the reading
--   is noted
-- role: tenant
-- caller: api_call
-- params: id uuid, actor text
-- columns: call json, etag text
select call, etag from (
	select callward.call_json($1::uuid) as call,
	    callward.call_etag($1::uuid) as etag offset 0
) found
where case when call is not null
    then callward.tenant_audit('read_call', $1::text, $2::text) end;

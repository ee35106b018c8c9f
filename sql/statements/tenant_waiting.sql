-- tenant_waiting: the newest of the tenant's calls that wait for their words
-- role: tenant
-- caller: api_search
-- params: terms jsonb, most integer
-- columns: id uuid, others text, content text
select id, others, content from callward.tenant_waiting({*});

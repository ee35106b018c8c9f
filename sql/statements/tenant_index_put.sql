-- tenant_index_put: stores the words of calls that were taken; returns the
--   calls that did not get theirs, with an SQLSTATE (trouble) where that failed
-- role: tenant
-- unproven: the token says which tenant
-- caller: indexer
-- params: token uuid, words jsonb
-- columns: call_id uuid, trouble text
select call_id, trouble from callward.index_put({*});

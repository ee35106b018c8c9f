-- tenant_index_put: their words; returned are those that have none now, with a
--   trouble if they cannot
-- role: tenant
-- unproven: the token says which tenant
-- caller: indexer
-- params: token uuid, words jsonb
-- columns: call_id uuid, trouble text
select call_id, trouble from callward.index_put({*});

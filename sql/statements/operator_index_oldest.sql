-- operator_index_oldest: how long the first call has waited for its words
-- role: operator
-- caller: check_words
-- params: none
-- columns: age_s bigint
select coalesce(extract(epoch from clock_timestamp() - min(at))::bigint, 0)
    as age_s
from callward.to_index;

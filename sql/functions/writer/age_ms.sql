create or replace function callward.age_ms(since timestamptz) returns bigint
language sql volatile
return greatest(0,
    extract(epoch from clock_timestamp() - since) * 1000)::bigint;

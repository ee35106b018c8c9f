-- Part the calls that webhooks have bound since :since, the beginning of their
-- ids: those with an even n are printed for bench-load --reports, the others
-- are there for report.sql, which takes the next one each time.
drop schema if exists bench cascade;
create schema bench;
create table bench.calls as
select row_number() over () as n, user_id, id, assistant_id, phone_number_id,
    caller_phone_number, assistant_phone_number, vapi_call_id, metadata
from public.calls
where id >= (:'since' || repeat('0', 20))::uuid and vapi_call_id is not null;
alter table bench.calls add primary key (n);
create sequence bench.next start 1 increment 2;
grant usage on schema bench to callward_intake;
grant select on bench.calls to callward_intake;
grant usage on sequence bench.next to callward_intake;
analyze bench.calls;
select vapi_call_id || E'\t' || metadata from bench.calls where n % 2 = 0;

-- Part the calls that webhooks have bound since :since, the beginning of their
-- ids: those with an even n are printed for bench-load --reports, the others
-- are there for report.sql, which takes the next one each time.
drop schema if exists bench cascade;
create schema bench;
select to_regclass('callward.sessions') is null as is_older \gset
\if :is_older
create table bench.calls as
select row_number() over () as n, user_id, id, assistant_id, phone_number_id,
    caller_phone_number, assistant_phone_number, vapi_call_id, metadata
from public.calls
where id >= (:'since' || repeat('0', 20))::uuid and vapi_call_id is not null;
\else
create table bench.calls as
select row_number() over () as n, c.user_id, c.id, c.assistant_id,
    c.phone_number_id, c.caller_phone_number, c.assistant_phone_number,
    s.vapi_call_id, jsonb_build_object('user_id', c.user_id,
	'assistant_id', s.assistant_id, 'phone_number_id', s.phone_number_id,
	'caller_phone_number', c.caller_phone_number,
	'assistant_phone_number', c.assistant_phone_number, 'call_id', c.id,
	'seal', s.seal) as metadata
from public.calls c
join callward.sessions s on s.user_id = c.user_id and s.call_id = c.id
where c.id >= (:'since' || repeat('0', 20))::uuid
    and s.vapi_call_id is not null;
\endif
alter table bench.calls add primary key (n);
create sequence bench.next start 1 increment 2;
grant usage on schema bench to callward_intake;
grant select on bench.calls to callward_intake;
grant usage on sequence bench.next to callward_intake;
analyze bench.calls;
select vapi_call_id || E'\t' || metadata from bench.calls where n % 2 = 0;

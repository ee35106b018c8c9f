-- A change on a condition: a call's tag, and what is done when it is another.
begin;
set search_path = tap, public;
select plan(14);
select tap.scenario();
insert into public.calls (id, user_id, phone_number_id, caller_phone_number,
    assistant_phone_number, vapi_call_id, twilio_call_sid)
values (tap.u(1), 'user_a', tap.u(801), '+15551111111', '+15559999999', 'v1',
        tap.sid(1)),
    (tap.u(2), 'user_b', tap.u(802), '+15552222222', '+15559999999', 'v2',
        tap.sid(2));

select is(count(distinct callward.call_tag(s, n, w, i, t, o))::int, 8,
    'each of the six makes another tag, and null is not empty')
from (values ('none', null, null, null, '{}'::text[], null),
    ('open', null, null, null, '{}', null),
    ('none', '', null, null, '{}', null),
    ('none', null, '', null, '{}', null),
    ('none', null, null, '', '{}', null),
    ('none', null, null, null, '{""}', null),
    ('none', null, null, null, '{}', ''),
    ('none', null, null, null, '{a,b}', null)
) as given (s, n, w, i, t, o);
select matches(callward.call_tag('open', 'a"b', E'\\', 'p', '{"é"}', 'x'),
    '^[0-9a-f]{32}$', 'it is fit for a header');

create function pg_temp.change(tenant text, id uuid, body jsonb, tags jsonb)
returns text language plpgsql as $$
declare
	told record;
begin
	perform set_config('role', 'callward_tenant', true);
	perform set_config('request.jwt.claims', json_build_object('sub',
	    tenant)::text, true);
	select * into told from callward.change_call(id, body, tags);
	perform set_config('role', 'none', true);
	return concat_ws(' ', told.outcome, told.answer ->> 'notes',
	    told.answer ->> 'code');
end $$;
create function pg_temp.tag(tenant text, id uuid) returns text
language plpgsql as $$
declare
	tag text;
begin
	perform set_config('role', 'callward_tenant', true);
	perform set_config('request.jwt.claims', json_build_object('sub',
	    tenant)::text, true);
	tag := callward.call_etag(id);
	perform set_config('role', 'none', true);
	return tag;
end $$;

select is(pg_temp.tag('user_b', tap.u(1)), null, 'another''s call has no tag');
select is(pg_temp.tag('user_a', tap.u(1)),
    callward.call_tag('none', null, null, null, '{}', null), 'one''s own has');
select pg_temp.tag('user_a', tap.u(1)) as tag \gset
select is(pg_temp.change('user_a', tap.u(1), '{"notes":"1"}', null), 'ok 1',
    'without a condition it is changed');
select is(pg_temp.change('user_a', tap.u(1), '{"notes":"2"}',
    jsonb_build_array(:'tag')),
    'changed changed_meanwhile',
    'with a tag of before it is not');
select is(pg_temp.change('user_a', tap.u(1), '{"notes":"2"}', '[]'),
    'changed changed_meanwhile', 'nor with none');
select is(notes, '1', 'and nothing was written')
from public.calls where id = tap.u(1);
select is(pg_temp.change('user_a', tap.u(1), '{"notes":"3","tags":["b","a"]}',
    jsonb_build_array(:'tag', pg_temp.tag('user_a', tap.u(1)))), 'ok 3',
    'with the tag that stands it is');
select is(tags, '{b,a}', 'all of it') from public.calls where id = tap.u(1);
select is(pg_temp.tag('user_a', tap.u(1)),
    callward.call_tag('none', null, null, null, '{b,a}', '3'),
    'and has a new one');
select is(pg_temp.change('user_b', tap.u(1), '{"notes":"4"}', tags), 'absent',
    'another''s call is absent, whatever the tag: ' || tags::text)
from (values (jsonb_build_array(:'tag')),
    (jsonb_build_array(pg_temp.tag('user_a', tap.u(1))))) as given (tags);
select is(notes, '3', 'and stays as it is')
from public.calls where id = tap.u(1);

select * from finish();
rollback;

-- Numbers have 6 to 15 digits, in every column that holds one; who has a short
-- one is found by it.
begin;
set search_path = tap, public;
\set a '{"sub":"user_a","callward_role":"owner"}'
\set numbers `cat :'top'/tests/data/short-numbers.tsv`
\set typed `cat :'top'/tests/data/typed-numbers.tsv`
select plan(27);
select tap.scenario();

create temporary table numbers as
select split_part(line, E'\t', 1) as number
from regexp_split_to_table(:'numbers', E'\n') line
where line !~ '^#' and line <> '';
select is((select count(*) from numbers), 56::bigint, 'the list was read');

-- The countries whose dialling plans are known, by a number of each.
create temporary table typed as
select f[1] as country, f[3] as number
from regexp_split_to_table(:'typed', E'\n') line,
    string_to_array(line, E'\t') f
where line !~ '^#' and f[4] = 'typed';
select is_empty('select c from unnest(array[''US'', ''GB'', ''IE'', ''AU'',
    ''NZ'', ''DE'', ''AT'', ''CH'', ''FR'', ''ES'', ''IT'', ''NL'', ''MX'']) c
    where not exists (select from typed
        where country = c and callward.country_of(number) = c)',
    'each country is told by its numbers');
select is(callward.country_of('+81312345678'), null,
    'another country has no dialling plan here');

-- What becomes of a number in each column, as the table's owner.
create function pg_temp.tried(what text, number text) returns text
language sql as $$
	select tap.outcome('none', null, format(case what
	    when 'line' then 'insert into callward.assistant_numbers'
	        ' (phone_number) values (%L)'
	    when 'line_fallback' then 'update callward.assistant_numbers'
	        ' set fallback_number = %L where phone_number = ''+15559999999'''
	    when 'number' then 'insert into public.phone_numbers'
	        ' (user_id, phone_number) values (''user_a'', %L)'
	    when 'fallback' then 'update public.phone_numbers'
	        ' set fallback_number = %L where user_id = ''user_a'''
	    else 'update public.phone_numbers'
	        ' set assistant_phone_number = %L where user_id = ''user_a'''
	    end, number))
$$;
create temporary table columns (what text);
insert into columns values ('line'), ('line_fallback'), ('number'),
    ('fallback'), ('forwards_to');

select is_empty(format('select number from numbers'
    ' where pg_temp.tried(%L, number) <> ''1''', what),
    what || ': every one of six digits')
from columns;
select is(pg_temp.tried(what, '+123456789012345'), '1',
    what || ': fifteen digits') from columns;
select is(pg_temp.tried(what, '+12345'), '23514', what || ': no five')
from columns;
select is(pg_temp.tried(what, '+1234567890123456'), '23514',
    what || ': no sixteen') from columns;

-- A clinic adds its short number; in use it owns the calls from it.
select is(tap.outcome('callward_tenant', :'a',
    'insert into public.phone_numbers (phone_number) values (''+491640'')'),
    '1', 'a clinic adds one');
insert into public.phone_numbers (user_id, phone_number, status, assistant_id)
values ('user_a', '+491640', 'active', tap.u(901));
create function pg_temp.open(call integer, sender text)
returns callward.opening language sql as $$
	select tap.door(format('open_call(%L, %L, %L, %L, %L, null, null, null,'
	    ' 0, 0)', tap.u(call), tap.sid(call), sender, '+15559999999',
	    '+15559999999'))::callward.opening
$$;
select is((select concat_ws(' ', o.verdict, o.user_id)
    from pg_temp.open(1, '+491640') o), 'new user_a', 'a call from it is hers');
select is((pg_temp.open(2, '+491641')).verdict, 'unknown',
    'one from its neighbour is nobody''s');
select is((select user_id from public.calls where id = tap.u(1)), 'user_a',
    'as its row says');

select * from finish();
rollback;

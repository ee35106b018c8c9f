-- Is this what stands in the place of a withheld number? phone_is_withheld says
-- the same in the program, isWithheld in the page; tests/data/callers.tsv is
-- tried with all three. Each call asks, mostly for a number, which needs no
-- pattern.
--
-- execute: callward_resolver, callward_tenant, callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.is_withheld(caller text) returns boolean
language sql immutable parallel safe
return case when coalesce(caller, '') = '' then true
    when translate(caller, '+0123456789', '') = ''
	then ltrim(caller, '+') = any ('{266696687,7378742833,2562533,8656696,'
	    '86282452253}') and caller not like '++%'
    else regexp_replace(regexp_replace(lower(caller collate "C"),
	'^sips?:', ''), '@.*$', '')
	~ ('^(anonymous|blocked|private|restricted|unavailable|unknown|withheld'
	    '|[+]?(266696687|7378742833|2562533|8656696|86282452253))?$') end;

-- A text of an export, always in quotes: some spreadsheets split cells at
-- semicolons. What one would take for a formula, also behind blanks and what
-- cannot be seen, or in the wide and small forms of its first character, gets
-- an apostrophe.
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.csv_raw_cell(content text) returns text
language sql immutable parallel safe
return case when csv_raw_cell.content is null then ''
    else '"' || case when csv_raw_cell.content ~ ('^([\t\r]|'
	'[\x01-\x20\x7f-\u00a0\u00ad\u1680\u180e\u2000-\u200f'
	'\u2028-\u202f\u205f-\u206f\u3000\ufeff]*'
	'[-=+@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])')
    then '''' else '' end || replace(csv_raw_cell.content, '"', '""') || '"' end;

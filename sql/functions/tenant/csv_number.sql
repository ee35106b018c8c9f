-- A number in groups, its country code first: +1 555 111 1111. What is no E.164
-- stays as it is.
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.csv_number(number text) returns text
language sql immutable parallel safe
return case when csv_number.number !~ '^\+[1-9][0-9]{5,14}$'
    then csv_number.number
    else regexp_replace(regexp_replace(csv_number.number,
	'^\+([17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]'
	'|(2[1-689]|3[578]|42|5[09]|6[7-9]|8[035789]|9[679])[0-9])',
	'+\1 '), '([0-9]{3})(?=[0-9]{2})(?![0-9]* )', '\1 ', 'g') end;

-- What stands in one place of a call: nothing of other people's.
create or replace function callward.seen_as(
	value text, phone_number text, line text)
returns text
language sql immutable
begin atomic
	select case when coalesce(value, '') = '' then 'absent'
	    when value = phone_number then 'number'
	    when value = line then 'line' else 'other' end;
end;

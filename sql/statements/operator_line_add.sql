-- operator_line_add: an assistant number that tenants share, or its change
-- role: operator
-- caller: line_add_run
-- params: phone_number text, vapi_phone_number_id text, fallback_number text?,
--   label text?
-- columns: verdict text
-- What is not given stays as it is.
with old as (
	select * from callward.assistant_numbers where phone_number = {phone_number}
), saved as (
	insert into callward.assistant_numbers as l
	    (phone_number, vapi_phone_number_id, fallback_number, label)
	values ({phone_number}, {vapi_phone_number_id}, {fallback_number}, {label})
	on conflict (phone_number) do update
	set vapi_phone_number_id = excluded.vapi_phone_number_id,
	    fallback_number = coalesce(excluded.fallback_number,
	        l.fallback_number),
	    label = coalesce(excluded.label, l.label)
	returning *
)
select case
	when not exists (select from old) then 'added'
	when (s.vapi_phone_number_id, s.fallback_number, s.label)
	    is not distinct from
	    (o.vapi_phone_number_id, o.fallback_number, o.label)
	    then 'already there'
	else 'changed'
	end as verdict
from saved s left join old o using (phone_number);

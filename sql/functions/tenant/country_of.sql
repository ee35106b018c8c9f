-- The country of a number, where numbers of it may be typed without a country
-- code: that of the dialling plan in lib/tenancy/phone_plan.c. All of +1 dial
-- alike, and so do all of +44.
--
-- execute: callward_writer
create or replace function callward.country_of(phone_number text)
returns text
language sql immutable parallel safe
return case
    when starts_with(phone_number, '+1') then 'US'
    when starts_with(phone_number, '+353') then 'IE'
    else case left(phone_number, 3)
	when '+31' then 'NL' when '+33' then 'FR' when '+34' then 'ES'
	when '+39' then 'IT' when '+41' then 'CH' when '+43' then 'AT'
	when '+44' then 'GB' when '+49' then 'DE' when '+52' then 'MX'
	when '+61' then 'AU' when '+64' then 'NZ' end
    end;

-- tenant_country: the country whose dialling plan reads what is typed
-- role: tenant
-- caller: api_country
-- params: none
-- columns: country text
select callward.clinic_country(callward.current_user_id()) as country;

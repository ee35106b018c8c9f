-- The country whose dialling plan reads what a clinic types without a country
-- code. Null: that of its first number.
alter table public.clinic_settings
    add column country text
	constraint clinic_settings_country_known check (country ~ '^[A-Z]{2}$');
alter table public.clinic_settings alter column country set statistics 0;

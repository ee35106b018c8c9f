-- Read a number's settings, and store them for its next calls if the lock is
-- free. Whoever changes a setting holds the lock until that is committed; a
-- call that finds it taken stores nothing. So a call never waits, and what is
-- stored is never older than the last change. Within the tenant's claims.
create or replace function callward.prepare_settings(
	user_id text, phone_number_id uuid, at timestamptz)
returns public.prepared_settings
language plpgsql
as $$
#variable_conflict use_column
declare
	may_keep constant boolean := pg_try_advisory_xact_lock(
	    hashtextextended(callward.settings_key(user_id), 0));
	s public.prepared_settings;
begin
	s := callward.settings_at(user_id, phone_number_id, at);
	if may_keep then
		update public.prepared_settings
		set valid_from = s.valid_from, valid_until = s.valid_until,
		    assistant_id = s.assistant_id,
		    vapi_assistant_id = s.vapi_assistant_id,
		    max_duration_seconds = s.max_duration_seconds,
		    greeting = s.greeting, language = s.language,
		    fallback_number = s.fallback_number,
		    clinic_name = s.clinic_name,
		    clinic_language = s.clinic_language,
		    open_action = s.open_action,
		    closed_action = s.closed_action,
		    after_hours_message = s.after_hours_message,
		    after_hours = s.after_hours, cap_seconds = s.cap_seconds,
		    period_start = s.period_start, period_end = s.period_end
		where user_id = prepare_settings.user_id
		    and phone_number_id = prepare_settings.phone_number_id
		    and valid_from <= s.valid_from;
	end if;
	return s;
end $$;

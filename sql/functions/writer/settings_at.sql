-- The settings of a number at that moment, and until when they are valid if
-- nobody changes them. Within the tenant's claims.
create or replace function callward.settings_at(
	user_id text, phone_number_id uuid, at timestamptz)
returns public.prepared_settings
language plpgsql stable
as $$
#variable_conflict use_column
declare
	s public.prepared_settings;
	p record;
begin
	select n.user_id, n.id, n.assistant_id,
	    coalesce(n.vapi_assistant_id, a.vapi_assistant_id),
	    coalesce(a.max_duration_seconds, 600), nullif(a.greeting, ''),
	    nullif(a.language, ''), n.fallback_number, nullif(c.name, ''),
	    c.language, coalesce(c.open_action, 'assistant'),
	    coalesce(c.closed_action, 'assistant'),
	    nullif(c.after_hours_message, ''),
	    case u.cap_behaviour when 'fallback' then u.included_seconds end
	into s.user_id, s.phone_number_id, s.assistant_id,
	    s.vapi_assistant_id, s.max_duration_seconds, s.greeting, s.language,
	    s.fallback_number, s.clinic_name, s.clinic_language, s.open_action,
	    s.closed_action, s.after_hours_message, s.cap_seconds
	from public.phone_numbers n
	left join public.assistants a
	    on a.user_id = n.user_id and a.id = n.assistant_id
	left join public.clinic_settings c on c.user_id = n.user_id
	left join lateral (select cap_behaviour, included_seconds
	    from public.subscriptions
	    where user_id = n.user_id
	    order by created_at desc, id desc
	    limit 1) u on true
	where n.user_id = settings_at.user_id
	    and n.id = settings_at.phone_number_id;

	s.after_hours := not callward.is_open(user_id, phone_number_id, at);
	s.valid_from := at;
	s.valid_until := callward.holds_until(user_id, phone_number_id, at);
	if s.cap_seconds is not null then
		p := callward.current_period(user_id, at);
		s.period_start := p.period_start;
		s.period_end := p.period_end;
		s.valid_until := least(s.valid_until, p.period_end);
	end if;
	return s;
end $$;

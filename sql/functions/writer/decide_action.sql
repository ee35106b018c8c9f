-- What the owner wants done with a call that came at that moment: by hours,
-- settings, plan and, for one that is not recorded yet, by how many calls there
-- are. Within the tenant's claims.
create or replace function callward.decide_action(
	o callward.opening, is_recorded boolean, at timestamptz,
	calls_at_once integer, calls_per_minute integer)
returns callward.opening
language plpgsql
as $$
#variable_conflict use_column
declare
	about record;
begin
	select n.assistant_id, n.fallback_number,
	    coalesce(n.vapi_assistant_id, a.vapi_assistant_id)
	        as vapi_assistant_id,
	    nullif(a.greeting, '') as greeting,
	    nullif(a.language, '') as language,
	    nullif(c.name, '') as clinic_name, c.language as page_language,
	    nullif(c.after_hours_message, '') as after_hours_message,
	    coalesce(c.open_action, 'assistant') as open_action,
	    coalesce(c.closed_action, 'assistant') as closed_action,
	    exists (select from public.working_hours
	        where user_id = n.user_id) as has_hours,
	    case s.cap_behaviour when 'fallback'
	        then s.included_seconds end as cap_seconds,
	    not is_recorded and callward.number_busy(n.user_id, n.id,
	        coalesce(a.max_duration_seconds, 600),
	        calls_at_once, calls_per_minute) as busy
	into about
	from public.phone_numbers n
	left join public.assistants a
	    on a.user_id = n.user_id and a.id = n.assistant_id
	left join public.clinic_settings c on c.user_id = n.user_id
	left join lateral (select cap_behaviour, included_seconds
	    from public.subscriptions
	    where user_id = n.user_id
	    order by created_at desc, id desc
	    limit 1) s on true
	where n.user_id = o.user_id and n.id = o.phone_number_id;

	o.assistant_id := about.assistant_id;
	o.vapi_assistant_id := about.vapi_assistant_id;
	o.fallback := callward.not_ours(about.fallback_number);
	o.greeting := about.greeting;
	o.language := about.language;
	o.clinic_name := about.clinic_name;
	o.after_hours := coalesce(about.has_hours, false)
	    and not callward.is_open(o.user_id, o.phone_number_id, at);
	o.verdict := case when about.busy then 'busy' else
	    case case when o.after_hours then about.closed_action
	        else about.open_action end
	    when 'message' then 'closed' when 'fallback' then 'forward'
	    else 'new' end end;
	if o.verdict = 'closed' then
		o.after_hours_message := about.after_hours_message;
		o.message_language := coalesce(about.language,
		    about.page_language);
	elsif o.verdict in ('new', 'forward') then
		o.capped := about.cap_seconds is not null
		    and callward.is_used_up(o.user_id, about.cap_seconds, at);
		if o.capped and o.verdict = 'new' then
			o.verdict := 'capped';
		end if;
	end if;
	return o;
end $$;

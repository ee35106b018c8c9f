-- What the owner wants done with a call that came at that moment: by hours,
-- settings, plan and, for one that is not recorded yet, by how many calls there
-- are. signals: From, ForwardedFrom, Diversion and To. The one by which the owner
-- was found has to be a number in use, and the owner's own, but for a call that
-- is recorded. Within the tenant's claims.
create or replace function callward.decide_action(
	o callward.opening, is_recorded boolean, at timestamptz, signals text[],
	calls_at_once integer, calls_per_minute integer)
returns callward.opening
language plpgsql
as $$
#variable_conflict use_column
declare
	matched constant text := signals[array_position(
	    '{from,forwarded_from,diversion,to}', o.owner_rule)];
	s public.prepared_settings;
begin
	select p.* into s
	from public.phone_numbers n
	join public.prepared_settings p
	    on p.user_id = n.user_id and p.phone_number_id = n.id
	where n.user_id = o.user_id
	    and n.id = o.phone_number_id
	    and n.status = 'active' and n.phone_number = matched
	    and n.match_rule = o.owner_rule
	    and p.valid_from <= decide_action.at
	    and p.valid_until > decide_action.at;
	if not found then
		if not is_recorded then
			o := callward.refuse_route(o, matched);
			if o.verdict is not null then
				return o;
			end if;
		end if;
		s := callward.prepare_settings(o.user_id, o.phone_number_id,
		    at);
	end if;

	o.assistant_id := s.assistant_id;
	o.vapi_assistant_id := s.vapi_assistant_id;
	o.fallback := callward.not_ours(s.fallback_number);
	o.greeting := s.greeting;
	o.language := s.language;
	o.clinic_name := s.clinic_name;
	o.after_hours := s.after_hours;
	if not is_recorded and (calls_at_once > 0 or calls_per_minute > 0)
	    and callward.number_busy(o.user_id,
	    o.phone_number_id, s.max_duration_seconds, calls_at_once,
	    calls_per_minute) then
		o.verdict := 'busy';
		return o;
	end if;
	o.verdict := case case when s.after_hours then s.closed_action
	        else s.open_action end
	    when 'message' then 'closed' when 'fallback' then 'forward'
	    else 'new' end;
	if o.verdict = 'closed' then
		o.after_hours_message := s.after_hours_message;
		o.message_language := coalesce(s.language, s.clinic_language);
	else
		o.capped := s.cap_seconds is not null
		    and s.cap_seconds <= callward.used_seconds(o.user_id,
		        s.period_start, s.period_end);
		if o.capped and o.verdict = 'new' then
			o.verdict := 'capped';
		end if;
	end if;
	return o;
end $$;

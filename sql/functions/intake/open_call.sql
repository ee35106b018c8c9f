-- Find the owner of an arriving call and record it.
--
-- mismatch   this CallSid came before with another From
-- repeat     it was answered: answer
-- wait       another attempt, opened age_ms ago, is at work on it
-- unlisted   To is no line of ours
-- unknown    no active number leads to an owner
-- loop       the same, and a number that is being proven awaits this call
-- conflict   the signals lead to two owners
-- busy       the number's calls are at a limit (0 is none)
-- closed     recorded: say that the clinic is closed
-- forward    recorded: dial the fallback; if none can be, as new or capped
-- capped     recorded: the plan's seconds are used up
-- new        recorded: start the assistant
--
-- The fallbacks are the number's and the line's; one that is itself a line of
-- ours is none. dialled_recently, line_dialled_recently: that number was dialled
-- for this caller within the last minute. Hours and plan cost a clinic that has
-- none of them a look into an index each.
create or replace function callward.open_call(
	call_id uuid, call_sid text, sender text, recipient text, called text,
	forwarded_from text, diversion text, stir_verstat text,
	calls_at_once integer, calls_per_minute integer)
returns callward.opening
language plpgsql
as $$
#variable_conflict use_column
declare
	claims text;
	o callward.opening;
	owner callward.number_owner;
	who constant text := callward.caller_key(sender, recipient,
	    forwarded_from, diversion);
	about record;
	-- of an attempt that is sent again, when the first came
	since timestamptz;
begin
	claims := set_config('request.jwt.claims', '', true);
	insert into callward.call_answers (call_sid, sender, call_id)
	values (open_call.call_sid, who, open_call.call_id)
	on conflict do nothing
	returning opened_at into since;
	if not found then
		o := callward.reopen_call(call_id, call_sid, who);
		select opened_at into since from callward.call_answers
		where call_sid = open_call.call_sid;
	end if;
	if o.verdict is null or o.verdict in ('repeat', 'wait') then
		select vapi_phone_number_id, fallback_number
		into o.vapi_phone_number_id, o.line_fallback
		from callward.assistant_numbers
		where phone_number = open_call.recipient;
		if not found then
			o.verdict := coalesce(o.verdict, 'unlisted');
		end if;
		o.line_fallback := callward.not_ours(o.line_fallback);
	end if;
	if o.verdict is null and o.user_id is null then
		owner := callward.owner_of_number(sender,
		    case when forwarded_from is distinct from recipient
		        and forwarded_from is distinct from called
		        then forwarded_from end, diversion, recipient);
		if owner.conflict then
			o.verdict := 'conflict';
		elsif owner.user_id is null then
			o.verdict := case when callward.loop_expected(sender,
			    recipient, called, forwarded_from, diversion)
			    then 'loop' else 'unknown' end;
		else
			o.user_id := owner.user_id;
			o.phone_number_id := owner.phone_number_id;
			o.owner_rule := owner.owner_rule;
		end if;
	end if;
	if o.verdict is null then
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', o.user_id)::text, true);
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
		    owner.user_id is not null and callward.number_busy(
		        n.user_id, n.id, coalesce(a.max_duration_seconds, 600),
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
		    and not callward.is_open(o.user_id, o.phone_number_id, since);
		o.verdict := case when about.busy then 'busy' else
		    case case when o.after_hours then about.closed_action
		        else about.open_action end
		    when 'message' then 'closed' when 'fallback' then 'forward'
		    else 'new' end end;
	end if;
	if o.verdict = 'closed' then
		o.after_hours_message := about.after_hours_message;
		o.message_language := coalesce(about.language,
		    about.page_language);
	elsif o.verdict in ('new', 'forward') then
		o.capped := about.cap_seconds is not null
		    and callward.is_used_up(o.user_id, about.cap_seconds, since);
		if o.capped and o.verdict = 'new' then
			o.verdict := 'capped';
		end if;
	end if;
	if o.verdict in ('new', 'closed', 'forward', 'capped') then
		o.call_id := open_call.call_id;
		insert into public.calls (id, user_id, assistant_id,
		    phone_number_id, caller_phone_number,
		    assistant_phone_number, twilio_call_sid, owner_rule,
		    stir_verstat, forwarded_from, diversion, after_hours)
		values (o.call_id, o.user_id, o.assistant_id, o.phone_number_id,
		    coalesce(open_call.sender, 'anonymous'),
		    open_call.recipient, open_call.call_sid, o.owner_rule,
		    open_call.stir_verstat, open_call.forwarded_from,
		    open_call.diversion, o.after_hours)
		on conflict do nothing;
		if not found and owner.user_id is not null then
			o := callward.older_call(o, call_sid);
		end if;
	elsif o.verdict in ('unlisted', 'unknown', 'conflict', 'busy') then
		perform callward.note_attempt(open_call.call_id, call_sid,
		    'rejected', case o.verdict
		        when 'unlisted' then 'unlisted_line'
		        when 'unknown' then 'unknown_number'
		        when 'conflict' then 'owner_conflict'
		        when 'busy' then 'too_many_calls' end, o.user_id,
		    jsonb_build_object('from', left(sender, 100),
		        'to', left(recipient, 100),
		        'forwarded_from', left(forwarded_from, 100),
		        'diversion', left(diversion, 100),
		        'stir_verstat', left(stir_verstat, 100)));
	end if;
	o.dialled_recently := coalesce(
	    callward.dialled_lately(o.fallback, who), false);
	o.line_dialled_recently := coalesce(
	    callward.dialled_lately(o.line_fallback, who), false);
	claims := set_config('request.jwt.claims', '', true);
	return o;
end $$;

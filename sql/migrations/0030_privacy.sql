-- What one clinic must not learn of another, or of its patients, by a way round:
-- from how a proof goes, from what a list looks like, without a line in the
-- audit log.

-- The proof of a number (0013) -----------------------------------------------
-- A call that arrives and is nobody's is taken for one that came back from an
-- attempt also where the attempt is withheld: what is said to it, and what the
-- attempt looks like then, told whether the number is active for somebody. What
-- has an owner never comes here, and nothing is proven by it, since nobody knows
-- the tones of a call that was not made.
drop index callward.verifications_ringing;
create index verifications_ringing
    on callward.verifications (started_at) where state = 'ringing';

grant create on schema callward to callward_writer;
set local role callward_writer;

-- Has a call of this attempt's come back?
create or replace function callward.verification_came_back(
	v callward.verifications)
returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
	if v.step = 'code' then
		return exists (select from callward.verification_legs
		    where verification_id = v.id);
	end if;
	return exists (select from callward.verification_legs
	    where came_at between v.started_at
	            and v.started_at + interval '60 seconds'
	        and verification_id is null
	        and (sender = v.line
	            or v.phone_number in (sender, forwarded_from, diversion)));
end $$;

-- Does an attempt wait for this call? At the loop any call on its line may be
-- the one, since tones decide. A call that names the number, or comes from the
-- line that rings it, may have come back on another line of ours; at the code
-- no other is meant, it is sent away, and is a hint that forwarding is on.
create or replace function callward.loop_expected(
	sender text, recipient text, called text, forwarded_from text,
	diversion text)
returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
	return exists (select from callward.verifications v
	    where v.state = 'ringing'
	        and v.started_at > now() - interval '60 seconds'
	        and (v.step = 'loop' and v.line = loop_expected.recipient
	            or v.line = loop_expected.sender
	            or v.phone_number in (loop_expected.sender,
	                loop_expected.forwarded_from,
	                loop_expected.diversion)));
end $$;

-- Note a call that came in while an attempt waited: is it listened to? Legs
-- are counted by the place and the number that they name: who calls in under
-- other numbers, or forges one place, takes no room from the leg that names its
-- number in another. Room is bounded, so that nobody keeps the lines busy: 30
-- for each place and number, and 5 for those that name none.
create or replace function callward.verification_leg(
	call_sid text, sender text, recipient text, called text,
	forwarded_from text, diversion text)
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
	claims text;
	carrier text := case when forwarded_from is distinct from recipient
	    and forwarded_from is distinct from called
	    then forwarded_from end;
	waiting callward.verifications[];
	numbers text[];
	lines text[];
	loops bigint;
	code_of uuid;
	place text;
	room bigint;
begin
	claims := set_config('request.jwt.claims', '', true);
	select array_agg(v) into waiting from callward.verifications v
	where state = 'ringing'
	    and started_at > now() - interval '60 seconds'
	    and (v.line in (sender, recipient)
	        or v.phone_number in (sender, carrier, diversion));
	select w.id into code_of from unnest(waiting) w
	where w.step = 'code' and (w.phone_number in (sender, carrier,
	        diversion)
	    or w.line = sender and cardinality(waiting) = 1);
	select count(*), array_agg(w.phone_number), array_agg(w.line)
	into loops, numbers, lines
	from unnest(waiting) w where w.step = 'loop';
	if code_of is null and loops = 0 then
		return false;
	end if;

	place := case
	    when code_of is not null then 'code ' || code_of
	    when carrier = any (numbers) then 'forwarded_from ' || carrier
	    when diversion = any (numbers) then 'diversion ' || diversion
	    when sender = any (numbers) then 'from ' || sender
	    when sender = any (lines) then 'line ' || sender
	    else 'none ' || recipient end;
	room := case split_part(place, ' ', 1) when 'code' then 1
	    when 'line' then 30 * loops when 'none' then 5 * loops
	    else 30 end;
	-- those that come at once are counted one after the other
	perform pg_advisory_xact_lock(hashtextextended('leg ' || place, 0));
	if room <= (select count(*) from callward.verification_legs g
	    where g.counted_as = place
	        and g.came_at > now() - interval '60 seconds'
	        and g.call_sid <> verification_leg.call_sid) then
		return false;
	end if;
	insert into callward.verification_legs (call_sid, line, sender, called,
	    forwarded_from, diversion, counted_as, verification_id)
	values (verification_leg.call_sid, recipient, left(sender, 128),
	    left(verification_leg.called, 128), left(carrier, 128),
	    left(verification_leg.diversion, 128), place, code_of)
	on conflict do nothing;
	return code_of is null;
end $$;

reset role;
revoke create on schema callward from callward_writer;

-- Who lists and searches (0012) ----------------------------------------------
-- A list shows what callers said, in summaries, and a search finds it: where
-- somebody does that as the clinic, it leaves a line.
alter table callward.audit_log drop constraint audit_log_action_check;
alter table callward.audit_log add constraint audit_log_action_check
    check (action in ('read_call', 'play_recording', 'export_calls',
	'run_test', 'list_calls', 'search_calls'));

-- What a clinic writes ---------------------------------------------------------
-- Texts that are shown to others hold nothing that a terminal obeys, that begins
-- a line, or that turns the direction of what stands beside it, whoever writes
-- them: the dashboard says so by field, Supabase's own interface has this. A
-- newline and a tab may stand there. Rows of an older project stay as they are,
-- until the text itself is changed.
create function callward.plain_texts() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
	col text;
	text_now text;
	text_before text;
begin
	foreach col in array tg_argv loop
		execute format('select ($1).%I::text', col) into text_now
		    using new;
		if tg_op = 'UPDATE' then
			execute format('select ($1).%I::text', col)
			    into text_before using old;
		end if;
		if text_now is distinct from text_before and text_now ~
		    ('[\u0001-\u0008\u000b-\u001f\u007f-\u009f'
		    '\u2028-\u202e\u2066-\u2069]') then
			raise exception '% holds a character that cannot be'
			    ' shown', col using errcode = 'check_violation';
		end if;
	end loop;
	return new;
end $$;
revoke all on function callward.plain_texts() from public;
alter function callward.plain_texts() owner to callward_owner;

do $$
declare
	t record;
begin
	for t in
		select * from (values
		    ('assistants', array['name', 'greeting', 'language']),
		    ('phone_numbers', array['label', 'phone_number_raw']),
		    ('working_hours', array['reason']),
		    ('intents', array['name', 'description',
		        'example_phrases']),
		    ('assistant_tests', array['name', 'script', 'expected']),
		    ('clinic_settings', array['name', 'language',
		        'after_hours_message'])) as listed (tab, cols)
	loop
		execute format('create trigger plain_texts before insert or'
		    ' update of %s on public.%I for each row'
		    ' execute function callward.plain_texts(%s)',
		    array_to_string(t.cols, ', '), t.tab,
		    array_to_string(t.cols, ', '));
	end loop;
end $$;
-- Not of a call that begins: nothing of it is the clinic's yet.
create trigger plain_texts
    before update of follow_up_note, follow_up_by, tags, notes
    on public.calls for each row execute function callward.plain_texts(
	follow_up_note, follow_up_by, tags, notes);

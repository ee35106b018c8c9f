-- Look at calls of one of those indexes (walks_of), from a place on (null: the
-- newest), until as many as most pass, or as many as bound were seen.
--
-- set: plan_cache_mode = force_custom_plan
-- set: enable_sort = off
-- set: enable_bitmapscan = off
-- set: jit = off
create or replace function callward.walk_calls(
	f callward.call_filter, terms text[], way text, after_at timestamptz,
	after_id uuid, most integer, bound integer)
returns callward.walk
language plpgsql stable
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	-- two of them are two walks at once
	states constant text[] := case f.follow_up
	    when 'needed' then '{open,in_progress}' else array[f.follow_up] end;
	w callward.walk := ('{}', null, null, null);
	seen integer := 0;
	first_at timestamptz;
	span integer;
	at_span integer;
	q tsquery;
	c record;
begin
	for c in
		select l.* from unnest(states) state cross join lateral (
			select id, created_at, callward.call_passes(status,
			        missed, details, follow_up_state, after_hours,
			        phone_number_id, f) as passes,
			    case when terms is not null then
			        callward.words_of(search_words, user_id,
			            created_at, array[caller_phone_number,
			            assistant_phone_number, forwarded_from],
			            tags) end as words
			from public.calls
			where user_id = me
			    and (way <> 'status' or status = f.status)
			    and (way <> 'missed' or missed)
			    and (way <> 'transferred'
			        or details ?| '{transfers,forwarded_to}')
			    and (way <> 'after_hours' or after_hours)
			    and (way <> 'follow_up' or follow_up_state = state
			        and follow_up_state <> 'none')
			    and (way <> 'number'
			        or phone_number_id = f.phone_number_id)
			    and (walk_calls.after_at is null or (created_at, id)
			        < (walk_calls.after_at, walk_calls.after_id))
			    and (f.since is null or created_at >= f.since)
			    and (f.until is null or created_at < f.until)
			order by created_at desc, id desc
			limit bound
		) l
		order by created_at desc, id desc
		limit bound
	loop
		if c.passes and terms is not null then
			at_span := callward.search_span(c.created_at);
			if span is distinct from at_span then
				span := at_span;
				q := callward.search_query(me, span, span,
				    terms);
			end if;
			c.passes := c.words @@ q or c.id = any (f.waiting);
		end if;
		if c.passes then
			w.ids := w.ids || c.id;
			exit when cardinality(w.ids) = most;
		end if;
		seen := seen + 1;
		first_at := coalesce(first_at, c.created_at);
		if seen = bound then
			w := (w.ids, c.created_at, c.id, callward.calls_a_day(
			    bound, c.created_at, first_at));
		end if;
	end loop;
	return w;
end $$;

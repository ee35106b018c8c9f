-- Adds to what was found so far, w, the calls without words that have all terms
-- and pass: those whose texts the program has looked at (f.waiting), and those
-- under way. A clinic whose calls never get an end may have many of these: then
-- the search has got as far as the thousandth of them.
create or replace function callward.with_calls_under_way(
	w callward.walk, f callward.call_filter, terms text[],
	after_at timestamptz, after_id uuid, most integer)
returns callward.walk
language plpgsql stable
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	oldest timestamptz;
	got uuid[];
	more timestamptz;
begin
	select created_at into more from public.calls
	where user_id = me and status in ('initiated', 'ringing',
	        'in-progress', 'forwarding')
	    and (created_at, id) < (with_calls_under_way.after_at,
	        with_calls_under_way.after_id)
	order by created_at desc offset 1000 limit 1;
	w.reached_at := greatest(w.reached_at, more);
	oldest := coalesce(greatest(w.reached_at, f.since), '-infinity');
	got := array(select id from public.calls
	    where user_id = me and status in ('initiated', 'ringing',
	            'in-progress', 'forwarding')
	        and search_words is null and created_at >= oldest
	        and (created_at, id) < (with_calls_under_way.after_at,
	            with_calls_under_way.after_id)
	        and callward.call_passes(status, missed, details,
	            follow_up_state, after_hours, phone_number_id, f)
	        and not exists (select from unnest(terms) term
	            where not callward.has_term(term, array[
	                caller_phone_number, assistant_phone_number,
	                forwarded_from], tags, null))
	    union
	    select id from public.calls
	    where user_id = me and id = any (f.waiting)
	        and created_at >= oldest
	        and (created_at, id) < (with_calls_under_way.after_at,
	            with_calls_under_way.after_id)
	        and callward.call_passes(status, missed, details,
	            follow_up_state, after_hours, phone_number_id, f));
	if got = '{}' and coalesce(more, f.since) is null then
		-- in order as they were found
		w.ids := w.ids[1:most];
	else
		-- one by one: to compare with all ids at once, a whole index
		-- of a tenant was walked who is much larger than the others
		w.ids := array(select c.id
		    from (select distinct unnest(w.ids || got)) found (id)
		    cross join lateral (select id, created_at from public.calls
		        where user_id = me and id = found.id offset 0) c
		    where created_at >= oldest
		    order by created_at desc, c.id desc
		    limit most);
	end if;
	return w;
end $$;

-- The tenant's calls that have all terms on these days and come behind a
-- place in the list; the newest of them where most is given. The comparison
-- of user_id is spelt so that no other index is chosen for it.
--
-- set: plan_cache_mode = force_generic_plan
-- set: enable_seqscan = off
create or replace function callward.calls_with(
	user_id text, first integer, last integer, terms text[],
	after_at timestamptz, after_id uuid, most integer)
returns uuid[]
language plpgsql stable
as $$
#variable_conflict use_column
declare
	q constant tsquery := callward.search_query(calls_with.user_id,
	    calls_with.first, calls_with.last, calls_with.terms);
begin
	return array(select id from public.calls
	    where search_words @@ q and user_id || '' = calls_with.user_id
	        and (created_at, id)
	            < (calls_with.after_at, calls_with.after_id)
	    order by created_at desc, id desc
	    limit calls_with.most);
end $$;

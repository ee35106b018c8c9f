-- The newest of the tenant's calls that wait for their words: the texts to
-- search (content), and for each term a 1 if the call has it without its words,
-- else a 0 (others). About 4 MiB of text at most.
--
-- execute: callward_tenant
-- set: plan_cache_mode = force_generic_plan
-- set: enable_seqscan = off
create or replace function callward.tenant_waiting(terms jsonb, most integer)
returns table (id uuid, others text, content text)
language plpgsql stable
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	bytes bigint := 0;
begin
	for id, others in
		select c.id, (select string_agg(callward.has_term(term, array[
		        c.caller_phone_number, c.assistant_phone_number,
		        c.forwarded_from], c.tags, c.intent)::integer::text, ''
		        order by nth)
		    from jsonb_array_elements_text(terms)
		        with ordinality t (term, nth))
		from (select call_id from callward.to_index
		    where user_id = me order by call_id desc limit most) w
		cross join lateral (select * from public.calls
		    where user_id = me and calls.id = w.call_id
		        and search_words is null offset 0) c
	loop
		content := (select t.content from callward.searched_text(id) t);
		return next;
		bytes := bytes + octet_length(content);
		exit when bytes > 4194304;
	end loop;
end $$;

-- What was expected, and whether it came. A phrase has to stand in what the
-- assistant said. An intent is found when the assistant names it: by its slug
-- in words or in a tool that it called, or by its name.
--
-- execute: callward_writer
create or replace function callward.trial_result(
	expected jsonb, said text, called text)
returns jsonb
language plpgsql stable
as $$
declare
	heard constant text := callward.plain_words(said);
	wanted constant text := expected ->> 'intent';
	phrases jsonb;
begin
	select jsonb_agg(jsonb_build_object('phrase', p, 'found',
	    position(callward.plain_words(p) in heard) > 0) order by place)
	into phrases
	from jsonb_array_elements_text(case jsonb_typeof(expected -> 'phrases')
	    when 'array' then expected -> 'phrases' else '[]' end)
	    with ordinality as listed (p, place);
	return jsonb_build_object('phrases', coalesce(phrases, '[]'),
	    'intent', case when wanted is not null then jsonb_build_object(
	        'intent', wanted, 'found',
	        heard || ' ' || lower(called) ~ ('\m' || wanted || '\M')
	        or exists (select from public.intents
	            where user_id = (select callward.current_user_id())
	                and slug = wanted
	                and position(callward.plain_words(name) in heard) > 0))
	    end);
end $$;

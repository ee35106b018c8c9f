-- {"phrases": [text, ...], "intent": slug or null}, either of which may be
-- missing.
create or replace function callward.expected_complaints(expected jsonb)
returns jsonb
language plpgsql stable
as $$
declare
	bad jsonb := '[]';
	phrases constant jsonb := expected -> 'phrases';
	intent constant text := expected ->> 'intent';
	stray text;
begin
	if expected is null or expected = 'null' then
		return bad;
	end if;
	select string_agg(k, ', ') into stray from jsonb_object_keys(expected) k
	where k not in ('phrases', 'intent');
	if stray is not null then
		bad := bad || callward.complaint('expected',
		    'expected_fields');
	end if;
	if (case when jsonb_typeof(phrases) = 'array'
	    then jsonb_array_length(phrases) > 20
	        or exists (select from jsonb_array_elements(phrases) p
	            where jsonb_typeof(p) <> 'string' or p #>> '{}' !~ '\S'
	                or length(p #>> '{}') > 200)
	    else phrases is not null end) then
		bad := bad || callward.complaint('expected.phrases',
		    'expected_phrases', '{"n": 20, "length": 200}');
	end if;
	if intent is not null and not exists (select from public.intents
	    where user_id = (select callward.current_user_id())
	        and slug = intent) then
		bad := bad || callward.complaint('expected.intent',
		    'unknown_intent');
	end if;
	return bad;
end $$;

-- Of a hundred, how much of what was expected came.
--
-- execute: callward_writer
create or replace function callward.trial_score(result jsonb) returns numeric
language plpgsql immutable
as $$
begin
	return (select coalesce(round(100.0 * count(*) filter (where came)
	        / nullif(count(*), 0), 2), 100)
	    from (
		select (p -> 'found')::boolean as came
		from jsonb_array_elements(result -> 'phrases') p
		union all
		select (result #> '{intent,found}')::boolean
		where result -> 'intent' <> 'null'
	    ) listed);
end $$;
